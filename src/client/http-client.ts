import {promisify} from 'node:util'
import {gzip} from 'node:zlib'
import {NetworkError, readApiError} from './http-error.js'
import {fetchFor} from './proxy-fetch.js'
import {untilAborted} from './until-aborted.js'

export {ApiError, NetworkError} from './http-error.js'

const gzipAsync = promisify(gzip)
const DEFAULT_TIMEOUT_MS = 15_000
/** Bodies below this are not worth compressing. */
const MIN_GZIP_BYTES = 4096
/** Larger ones always are: many proxies refuse a body of more than 1 MiB. */
const ALWAYS_GZIP_BYTES = 64 * 1024

export type Query = Record<string, string | number | readonly string[] | undefined>

export interface HttpClientOptions {
  serverUrl: string
  token?: string | undefined
  workspaceId?: string | undefined
  headers?: Record<string, string>
  /** Limit of one call, answer included. Default 15 s. */
  timeoutMs?: number
  /** False for a server that does not read compressed bodies. */
  compress?: boolean
}

export interface RequestOptions {
  body?: unknown
  query?: Query
  signal?: AbortSignal | undefined
  timeoutMs?: number
  headers?: Record<string, string>
  /** Compresses a body of more than 4 KiB; others are compressed from 64 KiB on. */
  gzip?: boolean
}

export interface HttpClient {
  readonly serverUrl: string
  /**
   * One call, no retry. Resolves with the parsed JSON, or undefined for an empty answer.
   * @throws ApiError for a status of 400 or above, NetworkError when no answer came
   */
  request<T>(method: string, path: string, options?: RequestOptions): Promise<T>
  /** Opens a streaming answer; the caller reads or cancels its body. Throws as `request` does. */
  open(path: string, options?: OpenOptions): Promise<Response>
}

export interface OpenOptions {
  query?: Query
  headers?: Record<string, string>
  signal?: AbortSignal | undefined
  /** Limit for the answer's head; the body may take as long as it wants. */
  connectTimeoutMs?: number
}

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const base = options.serverUrl.replace(/\/+$/, '')
  const common: Record<string, string> = {
    accept: 'application/json',
    ...(options.token && {authorization: `Bearer ${options.token}`}),
    ...(options.workspaceId && {'x-workspace-id': options.workspaceId}),
    ...options.headers,
  }
  const {compress = true} = options
  return {
    serverUrl: base,
    async request<T>(method: string, path: string, request: RequestOptions = {}) {
      const limit = startLimit(request.timeoutMs ?? options.timeoutMs ?? DEFAULT_TIMEOUT_MS)
      const signal = request.signal ? AbortSignal.any([request.signal, limit.signal]) : limit.signal
      try {
        const {body, headers} = await encodeBody(request, method, compress)
        const response = await send(base, path, {
          method,
          query: request.query,
          headers: {...common, ...headers, ...request.headers},
          body,
          signal,
        })
        if (response.status >= 400) throw await readApiError(response, signal)
        return (await readJson(response, base, signal)) as T
      } finally {
        limit.stop()
      }
    },
    async open(path, open = {}) {
      const connect = startLimit(open.connectTimeoutMs ?? options.timeoutMs ?? DEFAULT_TIMEOUT_MS)
      const signal = open.signal ? AbortSignal.any([open.signal, connect.signal]) : connect.signal
      try {
        const response = await send(base, path, {
          method: 'GET',
          query: open.query,
          headers: {...common, ...open.headers},
          signal,
        })
        if (response.status >= 400) throw await readApiError(response, signal)
        return response
      } finally {
        connect.stop()
      }
    },
  }
}

/**
 * Unlike `AbortSignal.timeout` this keeps the process alive: a connection that vanishes leaves a call without
 * anything else to wait for, and a command would end as if it had succeeded.
 */
function startLimit(ms: number): {signal: AbortSignal; stop(): void} {
  const controller = new AbortController()
  const timer = setTimeout(
    () => controller.abort(new DOMException('no answer in time', 'TimeoutError')),
    ms,
  )
  return {signal: controller.signal, stop: () => clearTimeout(timer)}
}

async function encodeBody(
  request: RequestOptions,
  method: string,
  compress: boolean,
): Promise<{body?: string | Buffer; headers: Record<string, string>}> {
  if (method === 'GET' || (request.body === undefined && method === 'DELETE')) return {headers: {}}
  const text = JSON.stringify(request.body ?? {})
  const headers = {'content-type': 'application/json'}
  const minimum = request.gzip ? MIN_GZIP_BYTES : ALWAYS_GZIP_BYTES
  if (!compress || text.length < minimum) return {body: text, headers}
  return {body: await gzipAsync(text), headers: {...headers, 'content-encoding': 'gzip'}}
}

interface Sending {
  method: string
  query?: Query | undefined
  headers: Record<string, string>
  body?: string | Buffer | undefined
  signal: AbortSignal
}

async function send(base: string, path: string, sending: Sending): Promise<Response> {
  const url = new URL(base + path)
  for (const [name, value] of Object.entries(sending.query ?? {})) {
    if (value === undefined) continue
    for (const item of Array.isArray(value) ? value : [value])
      url.searchParams.append(name, String(item))
  }
  try {
    const fetch = await fetchFor(url)
    const answer = fetch(url, {
      method: sending.method,
      headers: sending.headers,
      body: (sending.body ?? null) as BodyInit | null,
      signal: sending.signal,
      redirect: 'error',
    })
    // Nobody reads an answer that comes after the end of the waiting: its connection is to be let go.
    const letGo = async (late: Response) => {
      if (sending.signal.aborted) await late.body?.cancel()
    }
    answer.then(letGo).catch(() => undefined)
    return await untilAborted(answer, sending.signal)
  } catch (error) {
    throw asNetworkError(base, error, sending.signal)
  }
}

async function readJson(response: Response, base: string, signal: AbortSignal): Promise<unknown> {
  let text: string
  try {
    text = await untilAborted(response.text(), signal)
  } catch (error) {
    throw asNetworkError(base, error, signal)
  }
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new NetworkError(base, 'the answer is no JSON; is this a multica server?', error)
  }
}

/** An abort by the caller stays what it is; everything else means that no answer came. */
function asNetworkError(base: string, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) {
    const reason: unknown = signal.reason
    if ((reason as Error)?.name !== 'TimeoutError') return reason
    return new NetworkError(base, 'no answer in time', error)
  }
  return new NetworkError(base, reasonOf(error), error)
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name cannot be looked up now',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
}

function reasonOf(error: unknown): string {
  const cause = (error as {cause?: {code?: string; message?: string; errors?: {code?: string}[]}})
    ?.cause
  const code = cause?.code ?? cause?.errors?.[0]?.code
  return (code && REASONS[code]) || cause?.message || (error as Error)?.message || String(error)
}
