import type {HttpClient, RequestOptions} from './http-client.js'
import {isTransient, retry} from './retry.js'

/** Long enough for a restart of a proxy, short enough for somebody who mistyped the address. */
const RETRY_MS = 1500

/**
 * The same client, which for a moment tries again what is safe to try again when the network or the
 * server fails: reads, and calls with an idempotency key (fault L9).
 */
export function withSafeRetries(client: HttpClient, deadlineMs = RETRY_MS): HttpClient {
  return {
    ...client,
    request: <T>(method: string, path: string, options: RequestOptions = {}) => {
      const attempt = () => client.request<T>(method, path, options)
      const isSafe = method === 'GET' || options.headers?.['idempotency-key'] !== undefined
      if (!isSafe) return attempt()
      const signal = options.signal ?? new AbortController().signal
      const isFinal = (error: unknown) => !isTransient(error)
      return retry(attempt, {signal, deadlineMs, fromFirstAnswer: true, isFinal})
    },
  }
}
