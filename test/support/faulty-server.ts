import {createServer, type IncomingMessage, type ServerResponse} from 'node:http'
import type {AddressInfo, Socket} from 'node:net'

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

export interface FaultyServer {
  url: string
  /** Requests that have come, oldest first. */
  requests: {method: string; url: string; headers: IncomingMessage['headers']; at: number}[]
  close(): Promise<void>
}

/**
 * A server on a free port that answers the first request with the first handler, and so on; the last
 * handler answers all further ones.
 */
export async function startFaultyServer(...handlers: Handler[]): Promise<FaultyServer> {
  const requests: FaultyServer['requests'] = []
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    const handler = handlers[Math.min(requests.length, handlers.length - 1)]
    const {method = '', url = '', headers} = request
    requests.push({method, url, headers, at: Date.now()})
    handler?.(request, response)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      const closed = new Promise((resolve) => {
        server.close(resolve)
      })
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** An address at which nothing listens. */
export async function deadUrl(): Promise<string> {
  const server = await startFaultyServer()
  await server.close()
  return server.url
}

/** Answers with a stream that begins with these pieces and stays open, or ends, or is cut. */
export function streaming(
  pieces: (string | Uint8Array)[],
  then: 'stay' | 'end' | 'cut' = 'end',
): Handler {
  return (_request, response) => {
    response.writeHead(200, {'content-type': 'text/event-stream'})
    const send = (index: number): void => {
      const piece = pieces[index]
      if (piece !== undefined) response.write(piece, () => setImmediate(send, index + 1))
      else if (then === 'end') response.end()
      else if (then === 'cut') response.socket?.destroy()
    }
    response.flushHeaders()
    send(0)
  }
}

export function answering(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): Handler {
  return (_request, response) => {
    response.writeHead(status, {'content-type': 'application/json', ...headers})
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
}
