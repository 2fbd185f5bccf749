import {setTimeout as sleep} from 'node:timers/promises'
import {RETRY_FIRST_MS, RETRY_LAST_MS} from '../protocol/limits.js'
import {ApiError, NetworkError} from './http-error.js'

export interface RetryOptions {
  signal: AbortSignal
  firstMs?: number
  lastMs?: number
  /** Gives up after this time with the last error; for ever without it. */
  deadlineMs?: number | undefined
  /** The time counts from the first answer: a slow call that is refused in the end is tried again. */
  fromFirstAnswer?: boolean
  /** True for an error that no repeat can mend. */
  isFinal: (error: unknown) => boolean
  onRetry?: (error: unknown, delayMs: number) => void
}

/**
 * Tries again until it succeeds, fails for good, or the signal aborts. Delays double from the first
 * to the last with 50 % jitter; a `Retry-After` of the server is honoured (stream §3).
 */
export async function retry<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  let began = performance.now()
  for (let tries = 0; ; tries++) {
    options.signal.throwIfAborted()
    try {
      return await attempt()
    } catch (error) {
      options.signal.throwIfAborted()
      if (options.isFinal(error)) throw error
      if (options.fromFirstAnswer && tries === 0 && error instanceof ApiError)
        began = performance.now()
      const delayMs = nextDelay(tries, error, options)
      if (
        options.deadlineMs !== undefined &&
        performance.now() - began + delayMs > options.deadlineMs
      ) {
        throw error
      }
      options.onRetry?.(error, delayMs)
      // What aborts the wait is the signal's reason, as for everything else.
      await sleep(delayMs, undefined, {signal: options.signal}).catch(() =>
        options.signal.throwIfAborted(),
      )
    }
  }
}

/** Delay before the try after `tries` failed ones, in milliseconds. */
export function nextDelay(
  tries: number,
  error: unknown,
  limits: {firstMs?: number; lastMs?: number} = {},
): number {
  const {firstMs = RETRY_FIRST_MS, lastMs = RETRY_LAST_MS} = limits
  const full = Math.min(lastMs, firstMs * 2 ** Math.min(tries, 20))
  const jittered = full * (0.5 + Math.random() * 0.5)
  const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0
  // Those that were sent away together shall not come back together.
  return asked > jittered ? asked + Math.random() * full * 0.5 : jittered
}

/** Errors that may go away by themselves: no answer, too many requests, trouble inside the server. */
export function isTransient(error: unknown): boolean {
  if (error instanceof NetworkError) return true
  if (!(error instanceof ApiError)) return false
  // The first call with the same idempotency key is still at work.
  if (error.status === 409 && error.retryAfterMs !== undefined) return true
  return error.status >= 500 || error.status === 429 || error.status === 408
}

/**
 * Errors that no repeat can mend, for work that nobody else can do again: only the server itself refuses
 * for good. A proxy says 404 or 403 of its own while no server stands behind it; what is too large for a
 * proxy stays so.
 */
export function isRefused(error: unknown): boolean {
  if (error instanceof ApiError && !error.fromServer) return error.status === 413
  return !isTransient(error)
}
