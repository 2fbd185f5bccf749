import {setTimeout as sleep} from 'node:timers/promises'
import type {Api} from '../client/api.js'
import {ApiError} from '../client/http-client.js'
import {isTerminal, type Task, type TaskStatus} from '../protocol/task.js'
import type {StopRequest} from './stop-request.js'

/** The kinds of messages that an original server has (contract §1.9). */
const TYPES: readonly string[] = ['text', 'tool_use', 'tool_result', 'error']
/** How often it is asked whether the task is still wanted. */
const POLL_MS = 5000
/** It fails a run 9000 s after its start; the last words and the end come before that. */
const RUN_LIMIT_MS = 8_900_000

/**
 * The calls of a run to a server of the original (contract §10): those that it has, as it takes and answers
 * them. The others are not made: session, usage and changes it does not keep, and people have no way to a run.
 */
export function originalApi(api: Api): Api {
  return {
    ...api,
    start: (taskId, options) =>
      api.start(taskId, options).catch(async (error: unknown) => {
        // A start whose answer was lost has been one: nobody else was handed this task.
        if (!(error instanceof ApiError) || error.status !== 400) return withCode(error)
        const {status} = await api.taskStatus(taskId, options)
        if (status !== 'running') return withCode(error)
        return {last_seq: 0} as Task
      }),
    taskStatus: (taskId, options) => api.taskStatus(taskId, options).catch(withCode),
    uploadMessages: async (taskId, messages, options) => {
      const wanted = messages.filter(({type}) => TYPES.includes(type))
      if (wanted.length > 0) await api.uploadMessages(taskId, wanted, options).catch(withCode)
      return {status: 'ok', last_seq: messages.at(-1)?.seq ?? 0, task_status: 'running'}
    },
    complete: (taskId, body, options) => api.complete(taskId, body, options).catch(withCode),
    fail: (taskId, body, options) => api.fail(taskId, body, options).catch(withCode),
    inbox: async () => ({requests: [], inputs: []}),
    fileRequest: refuse,
    closeRequest: refuse,
    settleInput: nothing,
    session: nothing,
    uploadDiff: nothing,
    cancelled: nothing,
  }
}

/** For calls whose answer nobody reads. */
const nothing = async (): Promise<never> => undefined as never

const refuse = async (): Promise<never> => {
  const error = 'this server has no way to ask people'
  throw new ApiError(404, {error, code: 'not_found'}, undefined)
}

/**
 * An original server has no codes. Its words tell a task that is gone from an address that nobody serves;
 * what it does not take of a task in this state is a 400.
 */
function withCode(error: unknown): never {
  if (!(error instanceof ApiError)) throw error
  const {status, body} = error
  if (status === 404 && body.error === 'task not found') {
    throw new ApiError(status, {...body, code: 'not_found'}, undefined)
  }
  if (status === 400) throw new ApiError(status, {...body, code: 'invalid'}, undefined)
  throw error
}

/**
 * Asks an original server now and then whether the task is over, and ends a run before it is too long for
 * that server. Ends with the signal, and with the run's stop.
 * @param api one that `originalApi` has made
 */
export async function watchOriginal(
  api: Pick<Api, 'taskStatus'>,
  taskId: string,
  stop: StopRequest,
  {signal, pollMs = POLL_MS, limitMs = RUN_LIMIT_MS}: OriginalWatch,
): Promise<void> {
  const end = performance.now() + limitMs
  const over = AbortSignal.any([signal, stop.signal])
  for (;;) {
    await sleep(pollMs, undefined, {signal: over}).catch(() => undefined)
    if (over.aborted) return
    if (performance.now() >= end) {
      const error = `the run timed out: this server gives it ${Math.round(limitMs / 60_000)} min`
      stop.stop({kind: 'failed', reason: 'timeout', error})
      return
    }
    const status = await statusOf(api, taskId, over)
    if (status === 'gone') stop.stop({kind: 'closed'})
    else if (status && isTerminal(status)) stop.stop({kind: 'over', status})
  }
}

export interface OriginalWatch {
  signal: AbortSignal
  pollMs?: number
  limitMs?: number
}

/** Undefined when the server does not say: it is asked again. */
async function statusOf(
  api: Pick<Api, 'taskStatus'>,
  taskId: string,
  signal: AbortSignal,
): Promise<TaskStatus | 'gone' | undefined> {
  try {
    return (await api.taskStatus(taskId, {signal})).status
  } catch (error) {
    const isGone = error instanceof ApiError && error.status === 404 && error.body.code
    return isGone ? 'gone' : undefined
  }
}
