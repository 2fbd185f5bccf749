import {followEvents} from '../client/event-stream.js'
import {ApiError, type HttpClient} from '../client/http-client.js'
import type {Log} from '../log.js'
import {isTerminal, type TaskStatus} from '../protocol/task.js'
import type {StopRequest} from './stop-request.js'

/**
 * Hears from the server that the task is over, at once: on a stream of the task without its messages
 * (fault H15). Ends with the signal, with the task, and when the server no longer knows it.
 */
export async function watchStatus(
  client: HttpClient,
  taskId: string,
  stop: StopRequest,
  options: {signal: AbortSignal; log: Log},
): Promise<void> {
  try {
    const events = followEvents(client, `/api/tasks/${taskId}/stream`, {
      signal: options.signal,
      query: {only: 'status'},
    })
    for await (const {event, data} of events) {
      if (event !== 'task:status' && event !== 'end') continue
      const {status} = JSON.parse(data) as {status: TaskStatus}
      if (!isTerminal(status)) continue
      stop.stop({kind: 'over', status})
      return
    }
  } catch (error) {
    if (options.signal.aborted) return
    options.log.warn({event: 'status_stream_ended', error: String(error)})
    if (error instanceof ApiError && [401, 403, 404].includes(error.status))
      stop.stop({kind: 'closed'})
  }
}
