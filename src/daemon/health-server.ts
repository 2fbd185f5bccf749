import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {AppError} from '../errors.js'

export interface HealthServer {
  port: number
  close(): Promise<void>
}

export interface HealthOptions {
  /** First choice; another one is taken when somebody else holds it. */
  port: number
  /** The document of `GET /health`. */
  health(): Promise<object>
}

/**
 * The daemon's local API on 127.0.0.1 (contract §5.14): only `/health` by now, which answers from the
 * moment the port is bound. `/repo/checkout` is unknown to this version: 404.
 */
export async function startHealthServer({port, health}: HealthOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    answer(request, response, health).catch(() => response.destroy())
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
  health: HealthOptions['health'],
): Promise<void> {
  const send = (status: number, type: string, body: string): void => {
    response.writeHead(status, {'content-type': type, 'x-content-type-options': 'nosniff'})
    response.end(body)
  }
  request.resume()
  // A page in the user's browser can reach this port, also under a name of its own (contract §5.14).
  if (request.headers.origin !== undefined || !isLocal(request.headers.host)) {
    return send(403, 'text/plain; charset=utf-8', 'requests from browsers are refused\n')
  }
  const [path] = (request.url ?? '').split('?')
  if (path !== '/health') return send(404, 'text/plain; charset=utf-8', '404 page not found\n')
  send(200, 'application/json', `${JSON.stringify(await health())}\n`)
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
