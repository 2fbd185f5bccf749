import {type AddressInfo, connect, createServer, type Socket} from 'node:net'

/** A way to a server that can be cut: the server of a laptop on a train. */
export interface Switch {
  url: string
  /** Cuts every connection, and refuses new ones. */
  off(): void
  on(): void
  close(): Promise<void>
}

export async function startSwitch(targetUrl: string): Promise<Switch> {
  const port = Number(new URL(targetUrl).port)
  const sockets = new Set<Socket>()
  let open = true
  const server = createServer((client) => {
    if (!open) {
      // At its first byte: Node's fetch does not notice an end that comes before it has written anything,
      // and waits for its time limit.
      client.once('data', () => client.destroy()).on('error', () => client.destroy())
      return
    }
    const onward = connect(port, '127.0.0.1')
    for (const socket of [client, onward]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.once('close', () => {
        sockets.delete(socket)
        client.destroy()
        onward.destroy()
      })
    }
    client.pipe(onward).pipe(client)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    off() {
      open = false
      cut()
    },
    on() {
      open = true
    },
    close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
      cut()
      return closed
    },
  }
}
