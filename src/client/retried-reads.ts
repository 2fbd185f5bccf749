import type {HttpClient, RequestOptions} from './http-client.js'
import {isTransient, retry} from './retry.js'

/** Long enough for a restart of a proxy, short enough for somebody who mistyped the address. */
const READ_RETRY_MS = 1500

/**
 * The same client, whose reads are tried again for a moment when the network or the server fails
 * (fault L9). What changes something is never sent twice.
 */
export function withRetriedReads(client: HttpClient, deadlineMs = READ_RETRY_MS): HttpClient {
  return {
    ...client,
    request: <T>(method: string, path: string, options: RequestOptions = {}) => {
      const attempt = () => client.request<T>(method, path, options)
      if (method !== 'GET') return attempt()
      const signal = options.signal ?? new AbortController().signal
      return retry(attempt, {signal, deadlineMs, isFinal: (error) => !isTransient(error)})
    },
  }
}
