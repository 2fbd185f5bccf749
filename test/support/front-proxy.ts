import {createServer, type IncomingMessage, request, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'

export interface FrontProxy {
  url: string
  /** Ends what is open, as a proxy does that loses its backend. */
  cut(): void
  close(): Promise<void>
}

/**
 * A web server in front of another one.
 * @param answers answers a request itself and says so, or leaves it to the server behind
 */
export async function startFrontProxy(
  target: () => string,
  answers: (request: IncomingMessage, response: ServerResponse) => boolean,
): Promise<FrontProxy> {
  const server = createServer((req, res) => {
    if (answers(req, res)) {
      req.resume()
      return
    }
    const {method, headers} = req
    const onward = request(new URL(req.url ?? '/', target()), {...(method && {method}), headers})
    onward.once('error', () => res.destroy())
    onward.once('response', (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(res)
    })
    res.once('close', () => onward.destroy())
    req.pipe(onward)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => server.closeAllConnections(),
    close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
      server.closeAllConnections()
      return closed
    },
  }
}
