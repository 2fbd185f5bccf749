import {ApiError, NetworkError} from '../client/http-client.js'
import {makeSafe} from './safe-text.js'

/** Text of an error for people, with the way out where there is one. One or more lines, no stack. */
export function describeError(error: unknown, serverUrl: string | undefined): string {
  const text = error instanceof Error && error.message ? error.message : String(error)
  const hint = hintFor(error, serverUrl)
  const safe = makeSafe(text, false)
  return hint ? `${safe}\n${hint}` : safe
}

function hintFor(error: unknown, serverUrl: string | undefined): string | undefined {
  if (error instanceof NetworkError) {
    return 'Start a server with "multica serve" or "multica up", or name another one with --server-url.'
  }
  if (!(error instanceof ApiError)) return undefined
  if (error.status === 401) return `Run "multica login" to sign in to ${serverUrl ?? 'the server'}.`
  const request = error.body.request_id
  return error.status >= 500 && request ? `Request id for the server's log: ${request}` : undefined
}

/** The same error, with the words in front that say what was tried (contract §4.5). */
export function withPrefix(error: unknown, prefix: string): unknown {
  if (!(error instanceof ApiError)) return error
  const body = {...error.body, error: `${prefix}: ${error.message}`}
  return new ApiError(error.status, body, error.retryAfterMs)
}
