import type {TaskStreamEvent} from '../protocol/events.js'
import {followEvents, type StreamState} from './event-stream.js'
import type {HttpClient} from './http-client.js'

export interface FollowTaskOptions {
  /** The last seq that the caller has; 0 for everything. */
  since?: number
  signal: AbortSignal
  onState?: (state: StreamState) => void
  maxOutageMs?: number | undefined
  stallMs?: number
}

/**
 * Everything that happens in a task, from a cursor to its end: each message once, with contiguous
 * numbers, across restarts of anything (stream §5). What is repeated is dropped; a hole makes it
 * connect again from its own cursor, so that no reader ever steps over a message.
 * @throws ApiError when the task is unknown or access ends, NetworkError after `maxOutageMs`
 */
export async function* followTask(
  client: HttpClient,
  taskId: string,
  options: FollowTaskOptions,
): AsyncGenerator<TaskStreamEvent> {
  let cursor = options.since ?? 0
  // A request that names its cursor as Last-Event-ID is answered with 204 after the end; one that has
  // not seen the end yet must ask by `since`, which always tells the end.
  for (;;) {
    let hole = false
    const connection = new AbortController()
    const events = followEvents(client, `/api/tasks/${taskId}/stream`, {
      signal: AbortSignal.any([options.signal, connection.signal]),
      get query() {
        return {since: cursor}
      },
      ...(options.onState && {onState: options.onState}),
      maxOutageMs: options.maxOutageMs,
      ...(options.stallMs !== undefined && {stallMs: options.stallMs}),
    })
    for await (const {event, data} of events) {
      const parsed = parseEvent(event, data)
      if (!parsed) continue
      if (parsed.event !== 'task:message') {
        yield parsed
        if (parsed.event === 'end') return
        continue
      }
      if (parsed.id <= cursor) continue
      if (parsed.id !== cursor + 1) {
        hole = true
        connection.abort()
        break
      }
      cursor = parsed.id
      yield parsed
    }
    if (!hole) return
  }
}

/** Unknown events and broken data are skipped: the cursor decides what is missing (fault K5). */
function parseEvent(event: string, text: string): TaskStreamEvent | undefined {
  try {
    const data = JSON.parse(text)
    switch (event) {
      case 'task:message':
        return {event, id: Number(data.seq), data}
      case 'task:status':
      case 'task:progress':
      case 'end':
        return {event, data} as TaskStreamEvent
      default:
        return undefined
    }
  } catch {
    return undefined
  }
}
