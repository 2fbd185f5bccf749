import {type IncomingHttpHeaders, request} from 'node:http'
import {createParser, type EventSourceMessage} from 'eventsource-parser'

/** What came over one connection, parsed as a browser would. */
export interface SseReader {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly events: EventSourceMessage[]
  readonly comments: string[]
  /** What the server told about reconnecting, in milliseconds. */
  readonly retryMs: number | undefined
  /** The server has ended the answer. */
  readonly ended: boolean
  /** The id that a browser would send when it reconnects. */
  readonly lastEventId: string | undefined
  /** Seqs of the messages so far. */
  seqs(): number[]
  named(event: string): EventSourceMessage[]
  /** Stops reading from the socket. */
  pause(): void
  resume(): void
  close(): void
}

export interface SseOptions {
  token: string
  headers?: Record<string, string>
  /** Called with every chunk, before it is parsed. */
  onChunk?: (reader: SseReader) => void
  /** Gives up connecting, and ends what is connected. */
  signal?: AbortSignal
}

/** Opens a stream on a socket of its own. Resolves with the head of the answer, whatever its status. */
export function openSse(url: string, options: SseOptions): Promise<SseReader> {
  const events: EventSourceMessage[] = []
  const comments: string[] = []
  let retryMs: number | undefined
  let ended = false
  let lastEventId: string | undefined
  const parser = createParser({
    onEvent(event) {
      events.push(event)
      if (event.id !== undefined) lastEventId = event.id
    },
    onComment: (comment) => comments.push(comment),
    onRetry: (ms) => {
      retryMs = ms
    },
  })
  return new Promise((resolve, reject) => {
    const req = request(url, {
      agent: false,
      ...(options.signal && {signal: options.signal}),
      headers: {authorization: `Bearer ${options.token}`, ...options.headers},
    })
    req.once('error', reject)
    req.once('response', (res) => {
      // A cut is an end like any other here.
      req.on('error', () => {})
      res.on('error', () => {})
      res.setEncoding('utf8')
      const reader: SseReader = {
        status: res.statusCode ?? 0,
        headers: res.headers,
        events,
        comments,
        get retryMs() {
          return retryMs
        },
        get ended() {
          return ended
        },
        get lastEventId() {
          return lastEventId
        },
        seqs: () => events.filter(isMessage).map((event) => JSON.parse(event.data).seq as number),
        named: (name) => events.filter(({event}) => event === name),
        pause: () => void res.pause(),
        resume: () => void res.resume(),
        close: () => void req.destroy(),
      }
      res.on('data', (chunk: string) => {
        parser.feed(chunk)
        options.onChunk?.(reader)
      })
      res.once('close', () => {
        ended = true
      })
      resolve(reader)
    })
    req.end()
  })
}

const isMessage = ({event}: EventSourceMessage): boolean => event === 'task:message'
