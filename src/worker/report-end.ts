import type {Api} from '../client/api.js'
import {ApiError} from '../client/http-client.js'
import {isTransient, retry} from '../client/retry.js'
import type {Log} from '../log.js'
import type {Journal, RunEnd} from './journal.js'
import type {Uploader} from './uploader.js'

export interface ReportOptions {
  api: Api
  taskId: string
  journal: Journal
  uploader: Uploader
  log: Log
  signal: AbortSignal
}

/** How the server took the end: it counts, or nobody wants it any more. */
export type Reported = 'acknowledged' | 'unwanted'

/**
 * Brings a recorded end to the server, however long that takes (faults B2, B3): first every message,
 * then the end with the number of the last one. A success is never turned into a failure by trouble
 * on the way.
 */
export async function reportEnd(end: RunEnd, options: ReportOptions): Promise<Reported> {
  const {uploader, journal, signal, log} = options
  let current = end
  for (;;) {
    await uploader.flushed()
    if (uploader.closed) return 'unwanted'
    try {
      await retry(() => send(current, options), {
        signal,
        isFinal: (error) => !isTransient(error),
        onRetry: (error, delayMs) =>
          log.warn({event: 'end_retry', error: String(error), delay_ms: Math.round(delayMs)}),
      })
      return 'acknowledged'
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.code === 'gap' && error.body.expected_seq !== undefined) {
        uploader.rewind(error.body.expected_seq)
        continue
      }
      // Somebody has cancelled the task while its end was on the way: that end counts.
      if (error.body.task_status === 'cancelled' && current.kind !== 'cancelled') {
        current = {kind: 'cancelled', body: cancelledBody(current, journal.lastSeq)}
        continue
      }
      log.warn({
        event: 'end_refused',
        kind: current.kind,
        status: error.status,
        error: error.message,
      })
      return 'unwanted'
    }
  }
}

function send(end: RunEnd, {api, taskId, journal, signal}: ReportOptions): Promise<unknown> {
  const last_seq = journal.lastSeq
  switch (end.kind) {
    case 'complete':
      return api.complete(taskId, {...end.body, last_seq}, {signal})
    case 'fail':
      return api.fail(taskId, {...end.body, last_seq}, {signal})
    case 'cancelled':
      return api.cancelled(taskId, {...end.body, last_seq}, {signal})
  }
}

function cancelledBody(end: RunEnd, lastSeq: number) {
  const {session_id, work_dir, usage} = end.body
  return {last_seq: lastSeq, session_id, work_dir, usage}
}
