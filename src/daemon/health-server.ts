import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {AppError, invalid} from '../errors.js'

export interface HealthServer {
  port: number
  close(): Promise<void>
}

export interface HealthOptions {
  /** First choice; another one is taken when somebody else holds it. */
  port: number
  /** The document of `GET /health`. */
  health(): Promise<object>
  /** What answers a POST, by path. */
  posts: Readonly<Record<string, LocalCall>>
}

/**
 * One call of the local API.
 * @param token the secret that came with the request
 * @throws AppError, whose words are the answer
 */
export type LocalCall = (body: unknown, token: string | undefined) => Promise<object>

const MAX_BODY = 64 * 1024

/**
 * The daemon's local API on 127.0.0.1 (contract §5.14): `/health`, which answers from the moment the
 * port is bound, and calls that need a secret, such as `/repo/checkout` for the agents of this daemon.
 */
export async function startHealthServer(options: HealthOptions): Promise<HealthServer> {
  const {port} = options
  const server = createServer((request, response) => {
    answer(request, response, options).catch(() => response.destroy())
  })
  server.headersTimeout = 5000
  server.requestTimeout = 10_000
  try {
    await listen(server, port)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw toAppError(error, port)
    await listen(server, 0)
  }
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: HealthOptions,
): Promise<void> {
  const send = (status: number, type: string, body: string): void => {
    response.writeHead(status, {'content-type': type, 'x-content-type-options': 'nosniff'})
    response.end(body)
  }
  // A page in the user's browser can reach this port, also under a name of its own (contract §5.14).
  if (request.headers.origin !== undefined || !isLocal(request.headers.host)) {
    request.resume()
    return send(403, TEXT, 'requests from browsers are refused\n')
  }
  const [path] = (request.url ?? '').split('?')
  const reply = (document: object) => send(200, 'application/json', `${JSON.stringify(document)}\n`)
  if (path === '/health') {
    request.resume()
    return reply(await options.health())
  }
  const call = Object.hasOwn(options.posts, path ?? '') ? options.posts[path ?? ''] : undefined
  if (!call) {
    request.resume()
    return send(404, TEXT, '404 page not found\n')
  }
  if (request.method !== 'POST') return send(405, TEXT, 'method not allowed\n')
  try {
    const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
    reply(await call(await readJson(request), token))
  } catch (error) {
    const status = error instanceof AppError ? Math.min(error.status, 500) : 500
    send(status, TEXT, `${(error as Error).message}\n`)
  }
}

const TEXT = 'text/plain; charset=utf-8'

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk
    if (text.length > MAX_BODY) throw invalid('invalid request body: too large')
  }
  try {
    return JSON.parse(text)
  } catch {
    throw invalid('invalid request body: no JSON')
  }
}

const isLocal = (host: string | undefined): boolean =>
  host !== undefined && /^(127\.0\.0\.1|localhost)(:\d+)?$/i.test(host)

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function toAppError(error: unknown, port: number): AppError {
  const reason = (error as Error).message
  return new AppError('unavailable', `cannot listen on 127.0.0.1:${port}: ${reason}`, {
    cause: error,
  })
}
