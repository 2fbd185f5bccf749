import type {Api} from '../client/api.js'
import {followTask} from '../client/follow-task.js'
import type {Task} from '../protocol/task.js'
import {TimeoutPassed} from './exit-codes.js'
import {formatElapsed} from './units.js'

export interface CancelOptions {
  /** How long the acknowledgement may take, in milliseconds; 0 for not waiting. */
  waitMs: number
  signal: AbortSignal
}

export interface Cancelled {
  task: Task
  /** From the request to the acknowledgement; undefined when it was not waited for. */
  tookMs: number | undefined
}

/**
 * Cancels a run and waits until its worker has said that the agent's whole process tree is gone.
 * @throws TimeoutPassed when the acknowledgement stays out; the run is cancelled all the same
 */
export async function cancelTask(api: Api, id: string, options: CancelOptions): Promise<Cancelled> {
  const began = performance.now()
  const task = await api.cancelTask(id)
  if (options.waitMs === 0 || task.sealed_at) {
    return {task, tookMs: task.sealed_at ? performance.now() - began : undefined}
  }
  const limit = AbortSignal.timeout(options.waitMs)
  const signal = AbortSignal.any([options.signal, limit])
  const stream = followTask(api.client, task.id, {since: task.last_seq, signal})
  for await (const event of stream) {
    if (event.event !== 'end') continue
    if (event.data.sealed === false) throw unconfirmed(performance.now() - began)
    return {task: await api.task(task.id), tookMs: performance.now() - began}
  }
  options.signal.throwIfAborted()
  throw unconfirmed(options.waitMs)
}

const unconfirmed = (ms: number) =>
  new TimeoutPassed(
    `the run is cancelled, but within ${formatElapsed(ms)} nobody has confirmed that its processes are gone; is its daemon running?`,
  )
