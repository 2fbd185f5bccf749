import type {ErrorCode} from './protocol/error-body.js'

/** HTTP status that belongs to each code. */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  gap: 409,
  bad_state: 409,
  stale_claim: 403,
  sealed: 410,
  gone: 410,
  too_large: 413,
  rate_limited: 429,
  unavailable: 503,
  internal: 500,
}

export interface AppErrorOptions {
  /** The part of the request that is wrong. */
  field?: string
  /** HTTP status where a protocol asks for another than the code's. */
  status?: number
  /** Further members of the error body, such as `expected_seq`. */
  details?: Record<string, unknown>
  cause?: unknown
}

/**
 * An error with a sentence that a user can act on: lower case, no full stop. The server turns it into
 * an HTTP answer and the command line into an exit code, each in one place.
 */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly field: string | undefined
  readonly details: Record<string, unknown>
  readonly #status: number

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : {cause: options.cause})
    this.name = 'AppError'
    this.code = code
    this.field = options.field
    this.details = options.details ?? {}
    this.#status = options.status ?? STATUS[code]
  }

  get status(): number {
    return this.#status
  }
}

export const notFound = (what: string) => new AppError('not_found', `${what} not found`)
export const invalid = (message: string, field?: string) =>
  new AppError('invalid', message, field === undefined ? {} : {field})
