import {AppError} from '../errors.js'
import {ErrorBody, type ErrorCode} from '../protocol/error-body.js'
import {untilAborted} from './until-aborted.js'

/** An answer of the server with a status of 400 or above. */
export class ApiError extends AppError {
  /** HTTP status of the answer. */
  readonly httpStatus: number
  readonly body: ErrorBody
  /** From `Retry-After`, in milliseconds. */
  readonly retryAfterMs: number | undefined
  /** Our server said this, and not a proxy on the way: every error of ours has a code. */
  readonly fromServer: boolean

  constructor(status: number, body: ErrorBody, retryAfterMs: number | undefined) {
    super(codeOf(status, body), body.error, body.field === undefined ? {} : {field: body.field})
    this.name = 'ApiError'
    this.httpStatus = status
    this.body = body
    this.retryAfterMs = retryAfterMs
    this.fromServer = body.code !== undefined
  }

  override get status(): number {
    return this.httpStatus
  }
}

/** No answer: the connection was refused, cut, or too slow. */
export class NetworkError extends Error {
  readonly url: string

  constructor(url: string, reason: string, cause?: unknown) {
    super(`cannot reach ${url}: ${reason}`, {cause})
    this.name = 'NetworkError'
    this.url = url
  }
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  410: 'gone',
  413: 'too_large',
  422: 'invalid',
  429: 'rate_limited',
  503: 'unavailable',
}

function codeOf(status: number, body: ErrorBody): ErrorCode {
  if (body.code) return body.code as ErrorCode
  return CODES[status] ?? (status >= 500 ? 'internal' : 'invalid')
}

/** Longest error text that is taken from an answer that is not ours, such as a proxy's page. */
const MAX_TEXT = 500

/** Reads an error answer of ours, of the original's server, or of a proxy in between. */
export async function readApiError(response: Response, signal: AbortSignal): Promise<ApiError> {
  const text = await untilAborted(response.text(), signal).catch(() => '')
  const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'))
  return new ApiError(response.status, parseBody(text, response), retryAfterMs)
}

function parseBody(text: string, response: Response): ErrorBody {
  try {
    const parsed = ErrorBody.safeParse(JSON.parse(text))
    if (parsed.success) return parsed.data
  } catch {
    // Not JSON: a proxy's answer.
  }
  const isPage = response.headers.get('content-type')?.includes('html') ?? false
  const said = isPage ? '' : text.trim().slice(0, MAX_TEXT)
  const status = `${response.status} ${response.statusText}`.trim()
  return {error: said || `${response.url} answered ${status}`}
}

/** Seconds or a date; undefined when it is neither. Never more than an hour. */
export function parseRetryAfter(value: string | null, now = Date.now()): number | undefined {
  if (value === null || value.trim() === '') return undefined
  const seconds = Number(value)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - now
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), 3_600_000) : undefined
}
