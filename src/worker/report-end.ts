import type {Api} from '../client/api.js'
import {ApiError} from '../client/http-client.js'
import {isRefused, retry} from '../client/retry.js'
import type {Log} from '../log.js'
import {byteLength, cutText} from '../protocol/message-limits.js'
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
 * on the way; only one that the server can never take becomes one.
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
        isFinal: isRefused,
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
      const shorter = error.status === 413 ? shortened(current) : undefined
      if (shorter) {
        log.warn({event: 'end_cut', kind: current.kind, error: error.message})
        current = shorter
        continue
      }
      const other = error.code === 'invalid' ? withoutRefused(current, error) : undefined
      if (other) {
        log.warn({event: 'end_changed', kind: current.kind, error: error.message})
        current = other
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
  // The journal keeps the first record of an end, whatever is reported in its place.
  const ended = journal.end?.at
  const since = ended !== undefined && {ended_ms_ago: Math.max(0, Date.now() - ended)}
  switch (end.kind) {
    case 'complete':
      return api.complete(taskId, {...end.body, last_seq, ...since}, {signal})
    case 'fail':
      return api.fail(taskId, {...end.body, last_seq, ...since}, {signal})
    case 'cancelled':
      return api.cancelled(taskId, {...end.body, last_seq}, {signal})
  }
}

/** Ends of fewer bytes are not refused for their length. */
const MIN_CUT_BYTES = 1024

/**
 * The end with half of its text, for a way that takes no request of this size: the transcript has the
 * agent's words. Undefined when nothing is left to cut.
 */
function shortened(end: RunEnd): RunEnd | undefined {
  const half = (text: string | null | undefined) => {
    const bytes = Math.floor(byteLength(text ?? '') / 2)
    return bytes < MIN_CUT_BYTES ? undefined : `${cutText(text ?? '', bytes)}${CUT_MARK}`
  }
  if (end.kind === 'complete') {
    const output = half(end.body.output?.replace(CUT_MARK, ''))
    return output === undefined ? undefined : {kind: 'complete', body: {...end.body, output}}
  }
  if (end.kind === 'fail') {
    const error = half(end.body.error?.replace(CUT_MARK, ''))
    return error === undefined ? undefined : {kind: 'fail', body: {...end.body, error}}
  }
  return undefined
}

/** An end counts without these. */
const OPTIONAL = [
  'session_id',
  'usage',
  'rejected_session_ids',
  'work_dir',
  'pr_url',
  'branch_name',
] as const

/**
 * An end in which the server finds something wrong, without it: first without the member that it names, then
 * without all that it needs not have. What is wrong even so becomes a failure that says why.
 * Undefined when nothing is left to try.
 */
function withoutRefused(end: RunEnd, {body: {field}, message}: ApiError): RunEnd | undefined {
  const members: Record<string, unknown> = {...end.body}
  const present = OPTIONAL.filter((name) => members[name] !== undefined && members[name] !== null)
  const named = present.filter((name) => name === field?.split('.')[0])
  const dropped = named.length > 0 ? named : present
  if (dropped.length > 0) {
    for (const name of dropped) delete members[name]
    return {kind: end.kind, body: members} as RunEnd
  }
  if (end.kind === 'cancelled') return undefined
  const refused = `the server does not take the end of this run: ${message}`
  if (end.kind === 'complete') return {kind: 'fail', body: {reason: 'worker_error', error: refused}}
  if (end.body.error?.endsWith(refused)) return undefined
  const error = [end.body.error, refused].filter(Boolean).join('; ')
  return {kind: 'fail', body: {reason: 'worker_error', error}}
}

const CUT_MARK = '\n\n… cut here: the way to the server takes no request that is larger'

function cancelledBody(end: RunEnd, lastSeq: number) {
  const {session_id, work_dir, usage, rejected_session_ids} = end.body
  return {last_seq: lastSeq, session_id, work_dir, usage, rejected_session_ids}
}
