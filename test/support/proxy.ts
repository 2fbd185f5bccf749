import {createServer, request} from 'node:http'
import {type AddressInfo, connect, type Socket} from 'node:net'

export interface Proxy {
  url: string
  /** Hosts that were asked for. */
  seen: string[]
  close(): Promise<void>
}

/** A company's proxy: the only way out, and whatever is asked for leads to one local port. */
export async function startProxy(targetPort: number): Promise<Proxy> {
  const seen: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((incoming, outgoing) => {
    seen.push(new URL(incoming.url ?? '').host)
    const {pathname, search} = new URL(incoming.url ?? '')
    const {method, headers} = incoming
    const onward = request(
      {port: targetPort, host: '127.0.0.1', path: `${pathname}${search}`, method, headers},
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      },
    )
    incoming.pipe(onward)
  })
  server.on('connect', ({url}, client: Socket) => {
    seen.push(url ?? '')
    const onward = connect(targetPort, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      client.pipe(onward).pipe(client)
    })
    for (const socket of [client, onward]) socket.on('error', () => socket.destroy())
    sockets.add(onward)
  })
  server.on('connection', (socket) => sockets.add(socket))
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async close() {
      const closed = new Promise((resolve) => {
        server.close(resolve)
      })
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
