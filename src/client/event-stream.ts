import {setTimeout as sleep} from 'node:timers/promises'
import {createParser, type EventSourceMessage} from 'eventsource-parser'
import {SSE_STALL_MS} from '../protocol/limits.js'
import {type HttpClient, NetworkError, type Query} from './http-client.js'
import {isTransient, nextDelay} from './retry.js'
import {untilAborted} from './until-aborted.js'

export interface ServerEvent {
  event: string
  /** The event's own id; undefined for an event without one. */
  id: string | undefined
  data: string
}

export interface StreamState {
  state: 'connecting' | 'open' | 'waiting'
  error?: unknown
  retryInMs?: number
}

export interface FollowOptions {
  signal: AbortSignal
  query?: Query
  /** `Last-Event-ID` of the next connect; undefined for none. */
  cursor?: () => string | undefined
  /** Silence after which the connection counts as dead. */
  stallMs?: number
  onState?: (state: StreamState) => void
  /** Gives up when no connection stood for this long; for ever without it. 0: at the first failure. */
  maxOutageMs?: number | undefined
  /** True for an error that no repeat can mend; by default whatever does not go away by itself. */
  isFinal?: (error: unknown) => boolean
}

/** A connection that stood this long was a good one, whatever it brought. */
const GOOD_CONNECTION_MS = 5000
/** One event larger than this is not ours. */
const MAX_EVENT_BYTES = 16 * 1024 * 1024

/**
 * Follows a stream of server-sent events across cuts, restarts and silence: reconnects for ever with
 * jitter and goes on from the caller's cursor (fault K1). Pulls from the connection only as fast as
 * the caller takes events. Returns when the server answers 204 or the signal aborts.
 * @throws ApiError for a refusal that no repeat can mend, NetworkError after `maxOutageMs`
 */
export async function* followEvents(
  client: HttpClient,
  path: string,
  options: FollowOptions,
): AsyncGenerator<ServerEvent> {
  const isFinal = options.isFinal ?? ((error: unknown) => !isTransient(error))
  let failures = 0
  let downSince: number | undefined
  while (!options.signal.aborted) {
    options.onState?.({state: 'connecting'})
    const connectedAt = performance.now()
    let failure: unknown
    try {
      for await (const event of connectOnce(client, path, options)) {
        if (event === 'closed') return
        downSince = undefined
        // A server that greets and falls over again and again must not be asked ten times a second.
        if (hasAdvanced(event) || performance.now() - connectedAt > GOOD_CONNECTION_MS) failures = 0
        if (event !== 'alive') yield event
      }
      failure = new NetworkError(client.serverUrl, 'the stream was cut')
    } catch (error) {
      if (options.signal.aborted) return
      if (isFinal(error)) throw error
      failure = error
    }
    downSince ??= performance.now()
    const retryInMs = nextDelay(failures++, failure)
    const outage = performance.now() - downSince + retryInMs
    if (options.maxOutageMs !== undefined && outage > options.maxOutageMs) throw failure
    options.onState?.({state: 'waiting', error: failure, retryInMs})
    await sleep(retryInMs, undefined, {signal: options.signal}).catch(() => undefined)
  }
}

const hasAdvanced = (event: ServerEvent | 'alive') => event !== 'alive' && event.id !== undefined

/** One connection. Yields `alive` for every sign of life that is no event, `closed` for a 204. */
async function* connectOnce(
  client: HttpClient,
  path: string,
  options: FollowOptions,
): AsyncGenerator<ServerEvent | 'alive' | 'closed'> {
  const connection = new AbortController()
  const signal = AbortSignal.any([options.signal, connection.signal])
  const lastEventId = options.cursor?.()
  try {
    const response = await client.open(path, {
      ...(options.query && {query: options.query}),
      headers: {
        accept: 'text/event-stream',
        'cache-control': 'no-cache',
        ...(lastEventId !== undefined && {'last-event-id': lastEventId}),
      },
      signal,
    })
    if (response.status === 204) {
      yield 'closed'
      return
    }
    requireEventStream(client, response)
    options.onState?.({state: 'open'})
    yield* readEvents(client, response, options.stallMs ?? SSE_STALL_MS, {connection, signal})
  } finally {
    connection.abort()
  }
}

function requireEventStream(client: HttpClient, response: Response): void {
  const type = response.headers.get('content-type') ?? ''
  if (type.startsWith('text/event-stream') && response.body) return
  throw new NetworkError(client.serverUrl, `answered "${type}" where a stream was expected`)
}

async function* readEvents(
  client: HttpClient,
  response: Response,
  stallMs: number,
  {connection, signal}: {connection: AbortController; signal: AbortSignal},
): AsyncGenerator<ServerEvent | 'alive'> {
  const events: EventSourceMessage[] = []
  const parser = createParser({onEvent: (event) => events.push(event)})
  const decoder = new TextDecoder()
  const stall = new NetworkError(client.serverUrl, `nothing was heard for ${stallMs / 1000} s`)
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  let pending = 0
  try {
    for (;;) {
      const timer = setTimeout(() => connection.abort(stall), stallMs)
      const chunk = await untilAborted(reader.read(), signal)
        .catch((error: unknown) => {
          if (connection.signal.aborted) throw connection.signal.reason
          throw new NetworkError(client.serverUrl, 'the stream was cut', error)
        })
        .finally(() => clearTimeout(timer))
      if (chunk.done) return
      parser.feed(decoder.decode(chunk.value, {stream: true}))
      pending = events.length === 0 ? pending + chunk.value.length : 0
      if (pending > MAX_EVENT_BYTES) {
        throw new NetworkError(client.serverUrl, 'an event is larger than any of ours')
      }
      yield 'alive'
      for (const event of events.splice(0)) {
        yield {event: event.event ?? 'message', id: event.id, data: event.data}
      }
    }
  } finally {
    void reader.cancel().catch(() => undefined)
  }
}
