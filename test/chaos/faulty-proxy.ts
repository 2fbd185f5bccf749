import {type AddressInfo, connect, createServer, type Server, type Socket} from 'node:net'
import {setTimeout as sleep} from 'node:timers/promises'

/** What a network does to those who talk over it. */
export type NetworkFault =
  | {kind: 'refuse'}
  /** Bytes are held back and nothing is said: half-open. */
  | {kind: 'stall'}
  | {kind: 'delay'; ms: number}
  | {kind: 'slow'; bytesPerSecond: number}
  /** The request reaches the server; its answer never comes back. */
  | {kind: 'drop-answer'}
  /** A gateway answers in the server's place. */
  | {kind: 'answer'; status: 429 | 502 | 503}

/** A TCP proxy in front of one or several servers, with faults that come and go. */
export interface FaultyProxy {
  url: string
  /** Connections go to these in turn. */
  targets: number[]
  /** Undefined: all is well. */
  fault: NetworkFault | undefined
  /** Cuts what is open now. */
  cut(): void
  close(): Promise<void>
}

export async function startFaultyProxy(targets: number[]): Promise<FaultyProxy> {
  const sockets = new Set<Socket>()
  const state = {fault: undefined as NetworkFault | undefined, targets: [...targets], next: 0}
  const server = createServer((client) => join(client, state, sockets))
  await listen(server)
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    targets: state.targets,
    get fault() {
      return state.fault
    },
    set fault(fault) {
      state.fault = fault
    },
    cut,
    async close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
      state.fault = undefined
      cut()
      await closed
    },
  }
}

interface State {
  fault: NetworkFault | undefined
  targets: number[]
  next: number
}

function join(client: Socket, state: State, sockets: Set<Socket>): void {
  if (state.fault?.kind === 'refuse') {
    client.destroy()
    return
  }
  const onward = connect(state.targets[state.next++ % state.targets.length] ?? 1, '127.0.0.1')
  for (const [socket, other] of [
    [client, onward],
    [onward, client],
  ] as const) {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => {
      sockets.delete(socket)
      other.destroy()
    })
  }
  void pump(client, onward, state, 'request')
  void pump(onward, client, state, 'answer')
}

async function pump(
  from: Socket,
  to: Socket,
  state: State,
  way: 'request' | 'answer',
): Promise<void> {
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      if (!(await passes(chunk, to, from, state, way))) continue
      if (!to.write(chunk)) await drained(to)
    }
    to.end()
  } catch {
    to.destroy()
  }
}

/** Waits as long as the fault of the moment wants; false when the bytes are lost. */
async function passes(
  chunk: Buffer,
  to: Socket,
  from: Socket,
  state: State,
  way: 'request' | 'answer',
): Promise<boolean> {
  const {fault} = state
  switch (fault?.kind) {
    case 'delay':
      await sleep(fault.ms)
      return true
    case 'slow':
      await sleep((chunk.length / fault.bytesPerSecond) * 1000)
      return true
    case 'stall':
      while (state.fault === fault && !to.destroyed && !from.destroyed) await sleep(20)
      return true
    case 'drop-answer':
      if (way === 'request') return true
      to.destroy()
      return false
    case 'answer':
      if (way === 'answer') return true
      from.end(
        `HTTP/1.1 ${fault.status} Chaos\r\nContent-Type: text/html\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 11\r\n\r\n<h1>no</h1>`,
      )
      to.destroy()
      return false
    default:
      return true
  }
}

const drained = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.destroyed) return resolve()
    socket.once('drain', resolve)
    socket.once('close', resolve)
  })

const listen = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
