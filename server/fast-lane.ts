import type {IncomingMessage, RequestListener, ServerResponse} from 'node:http'
import {newId} from '../src/ids.js'
import type {Log} from '../src/log.js'
import {MAX_BATCH_BYTES, MAX_LEGACY_BATCH_BYTES} from '../src/protocol/limits.js'
import {asAppError, errorBody} from './http/error-handler.js'
import {readJsonBody} from './http/read-body.js'
import type {Ingest} from './services/ingest.js'
import type {StreamHandlers} from './streams.js'

export interface FastLaneDeps {
  ingest: Ingest
  streams: StreamHandlers
  log: Log
  /** Everything else. */
  app: RequestListener
}

type Handler = (req: IncomingMessage, res: ServerResponse, query: URLSearchParams) => Promise<void>

const UUID = '([0-9a-fA-F-]{32,36})'
const MESSAGES = new RegExp(`^/api/daemon/tasks/${UUID}/messages/?$`)
const TASK_STREAM = new RegExp(`^/api/tasks/${UUID}/stream/?$`)

/**
 * Answers the two hot kinds of requests in front of Express, with the same authentication and the
 * same schemas: uploads of messages, and streams (performance §2).
 */
export function createFastLane(deps: FastLaneDeps): RequestListener {
  return (req, res) => {
    const [path, query] = addressOf(req.url ?? '')
    const handler = handlerOf(deps, req.method ?? '', path)
    if (!handler) {
      deps.app(req, res)
      return
    }
    handler(req, res, new URLSearchParams(query)).catch((error: unknown) =>
      sendError(deps.log, req, res, error),
    )
  }
}

/** Path and query. Only a proxy names the whole address, and only that is worth the cost of parsing one. */
function addressOf(url: string): [path: string, query: string] {
  if (!url.startsWith('/')) {
    const {pathname, search} = URL.canParse(url) ? new URL(url) : {pathname: url, search: ''}
    return [pathname, search.slice(1)]
  }
  const mark = url.indexOf('?')
  return mark < 0 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)]
}

function handlerOf(deps: FastLaneDeps, method: string, path: string): Handler | undefined {
  if (method === 'POST') {
    const taskId = MESSAGES.exec(path)?.[1]
    return taskId ? (req, res) => upload(deps.ingest, taskId, req, res) : undefined
  }
  if (method !== 'GET') return undefined
  const taskId = TASK_STREAM.exec(path)?.[1]
  if (taskId) return (req, res, query) => deps.streams.task(req, res, taskId, query)
  if (path === '/api/events') {
    return deps.streams.events
  }
  return undefined
}

async function upload(
  ingest: Ingest,
  taskId: string,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const holder = await ingest.holder(req.headers, taskId)
  const limit = holder.byToken ? MAX_BATCH_BYTES : MAX_LEGACY_BATCH_BYTES
  const answer = await ingest.upload(holder, await readJsonBody(req, limit))
  sendJson(res, 200, answer)
}

function sendJson(res: ServerResponse, status: number, body: unknown): void {
  const text = `${JSON.stringify(body)}\n`
  res.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'X-Content-Type-Options': 'nosniff',
  })
  res.end(text)
}

function sendError(log: Log, req: IncomingMessage, res: ServerResponse, thrown: unknown): void {
  const error = asAppError(thrown)
  const requestId = newId()
  if (error.status >= 500) {
    log.error({
      event: 'request_failed',
      path: req.url?.split('?')[0],
      err: error.cause ?? thrown,
      id: requestId,
    })
  }
  if (res.headersSent) {
    res.end()
    return
  }
  if (error.status === 503) res.setHeader('Retry-After', '1')
  // What is left of a refused body is read and dropped: cutting the connection could cost the answer.
  req.resume()
  sendJson(res, error.status, errorBody(error, requestId))
}
