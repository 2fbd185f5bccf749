import {setTimeout as sleep} from 'node:timers/promises'
import type {TaskStreamEvent} from '../protocol/events.js'
import {followEvents, type StreamState} from './event-stream.js'
import {type HttpClient, NetworkError} from './http-client.js'
import {nextDelay} from './retry.js'

export interface FollowTaskOptions {
  /** The last seq that the caller has; 0 for everything. */
  since?: number
  signal: AbortSignal
  onState?: (state: StreamState) => void
  maxOutageMs?: number | undefined
  stallMs?: number
}

/** A server that shows the same hole this often in a row has lost the message. */
const MAX_HOLES = 20

/**
 * Everything that happens in a task, from a cursor to its end: each message once, with contiguous
 * numbers, across restarts of anything (stream §5). What is repeated is dropped; a hole, or an end
 * that comes before the last message, makes it connect again from its own cursor, so that no reader
 * ever steps over a message. Returns after `end`, or when the signal aborts.
 * @throws ApiError when the task is unknown or access ends, NetworkError after `maxOutageMs` and for
 *   a hole that stays
 */
export async function* followTask(
  client: HttpClient,
  taskId: string,
  options: FollowTaskOptions,
): AsyncGenerator<TaskStreamEvent> {
  let cursor = options.since ?? 0
  for (let holes = 0; holes < MAX_HOLES; holes++) {
    let hole = false
    for await (const event of events(client, taskId, options, () => cursor)) {
      if (event.event === 'task:message') {
        if (event.id <= cursor) continue
        hole = event.id !== cursor + 1
        if (hole) break
        cursor = event.id
        holes = 0
      }
      hole = event.event === 'end' && event.data.last_seq > cursor
      if (hole) break
      yield event
      if (event.event === 'end') return
    }
    if (!hole) return
    await sleep(nextDelay(holes, undefined), undefined, {signal: options.signal}).catch(() => {})
  }
  throw new NetworkError(
    client.serverUrl,
    `message ${cursor + 1} of task ${taskId} is missing on the server`,
  )
}

async function* events(
  client: HttpClient,
  taskId: string,
  options: FollowTaskOptions,
  cursor: () => number,
): AsyncGenerator<TaskStreamEvent> {
  const {signal, onState, maxOutageMs, stallMs} = options
  // A request that names its cursor as Last-Event-ID is answered with 204 after the end; a reader
  // that has not seen the end yet must ask by `since`, which always tells it.
  const stream = followEvents(client, `/api/tasks/${encodeURIComponent(taskId)}/stream`, {
    signal,
    get query() {
      return {since: cursor()}
    },
    ...(onState && {onState}),
    maxOutageMs,
    ...(stallMs !== undefined && {stallMs}),
  })
  for await (const {event, data} of stream) {
    const parsed = parseEvent(event, data)
    if (parsed) yield parsed
  }
}

/** Unknown events and broken data are skipped: the cursor decides what is missing (fault K5). */
function parseEvent(event: string, text: string): TaskStreamEvent | undefined {
  try {
    const data = JSON.parse(text)
    switch (event) {
      case 'task:message':
        return Number.isSafeInteger(data.seq) ? {event, id: data.seq, data} : undefined
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
