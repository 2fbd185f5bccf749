import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import type {AddressInfo} from 'node:net'

/** A bare server on a free port. */
export async function listenOn(
  listener: RequestListener,
): Promise<{url: string; stop(): Promise<void>}> {
  const http = createServer(listener)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const {port} = http.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        http.close(() => resolve())
        http.closeAllConnections()
      }),
  }
}

/** The whole body, without limits. */
export function readBody(req: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.once('end', () => resolve(Buffer.concat(chunks)))
  })
}

export function beginStream(res: ServerResponse): void {
  res.socket?.setNoDelay(true)
  res.writeHead(200, {'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache'})
  res.write(': hello\n\n')
}

export function answerOk(res: ServerResponse): void {
  res.writeHead(200, {'Content-Type': 'application/json', 'Content-Length': 15})
  res.end('{"status":"ok"}')
}

/** Resolves when the response takes more, or is over. */
export function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      res.off('drain', done)
      res.off('close', done)
      resolve()
    }
    res.once('drain', done)
    res.once('close', done)
  })
}
