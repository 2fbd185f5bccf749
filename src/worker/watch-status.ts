import {followEvents} from '../client/event-stream.js'
import {ApiError, type HttpClient} from '../client/http-client.js'
import {isRefused} from '../client/retry.js'
import type {Log} from '../log.js'
import {isTerminal, type TaskStatus} from '../protocol/task.js'
import type {StopRequest} from './stop-request.js'

/**
 * Hears from the server that the task is over, or that people have something for it, at once: on a stream
 * of the task without its messages (fault H15). A task that was given up as lost is still ours: its worker
 * shows at once that it lives, and goes on (stream §7). Ends with the signal, with the task, and when the
 * server itself no longer knows it.
 */
export async function watchStatus(
  client: HttpClient,
  taskId: string,
  stop: StopRequest,
  options: {
    signal: AbortSignal
    log: Log
    onNews: (inboxVersion: number) => void
    onLost: () => void
  },
): Promise<void> {
  try {
    const events = followEvents(client, `/api/tasks/${taskId}/stream`, {
      signal: options.signal,
      query: {only: 'status'},
      isFinal: isRefused,
    })
    for await (const {event, data} of events) {
      if (event !== 'task:status' && event !== 'end') continue
      const {
        status,
        end_reason,
        inbox_version: news,
      } = JSON.parse(data) as {
        status: TaskStatus
        end_reason?: string | null
        inbox_version?: number
      }
      if (news !== undefined) options.onNews(news)
      if (!isTerminal(status)) continue
      if (status === 'failed' && end_reason === 'lost') {
        options.onLost()
        continue
      }
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
