import {type AddressInfo, connect, createServer, type Socket} from 'node:net'

/** A load balancer: each new connection goes to the next server that takes it. */
export interface RoundRobin {
  url: string
  /** Ports of the servers; may be changed at any time. */
  targets: number[]
  close(): Promise<void>
}

export async function startRoundRobin(ports: number[]): Promise<RoundRobin> {
  const targets = [...ports]
  const sockets = new Set<Socket>()
  let next = 0
  const forward = (client: Socket, triesLeft: number) => {
    const port = targets[next++ % targets.length]
    if (port === undefined || triesLeft === 0) return client.destroy()
    const onward = connect(port, '127.0.0.1')
    onward.once('error', () => forward(client, triesLeft - 1))
    onward.once('connect', () => {
      onward.removeAllListeners('error')
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
      client.pipe(onward).pipe(client)
    })
    return undefined
  }
  const server = createServer((client) => {
    client.on('error', () => client.destroy())
    forward(client, targets.length)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    targets,
    close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
      for (const socket of sockets) socket.destroy()
      return closed
    },
  }
}
