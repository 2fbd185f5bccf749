import {createServer, request} from 'node:http'
import type {AddressInfo} from 'node:net'

export interface NarrowProxy {
  url: string
  /** Requests that were refused for their size. */
  readonly refused: number
  close(): Promise<void>
}

/** Answers like a web server in front that takes no body of more than `maxBytes`: 413 and a page. */
export async function startNarrowProxy(target: string, maxBytes: number): Promise<NarrowProxy> {
  let refused = 0
  const server = createServer((req, res) => {
    if (Number(req.headers['content-length'] ?? 0) > maxBytes) {
      refused++
      req.resume()
      res.writeHead(413, {'content-type': 'text/html'})
      res.end('<html><head><title>413 Request Entity Too Large</title></head></html>')
      return
    }
    const {method, headers} = req
    const onward = request(new URL(req.url ?? '/', target), {...(method && {method}), headers})
    onward.once('error', () => res.destroy())
    onward.once('response', (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(res)
    })
    req.pipe(onward)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get refused() {
      return refused
    },
    close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
      server.closeAllConnections()
      return closed
    },
  }
}
