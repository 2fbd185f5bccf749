import {setTimeout as sleep} from 'node:timers/promises'
import type {Api} from '../client/api.js'
import {followTask} from '../client/follow-task.js'
import type {TaskEndEvent} from '../protocol/events.js'
import type {Task} from '../protocol/task.js'
import {TimeoutPassed} from './exit-codes.js'
import {formatElapsed} from './units.js'

const LOOK_AGAIN_MS = 1000

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
  while (!signal.aborted) {
    const end = await endOf(api, task, signal)
    if (end && end.sealed !== false) {
      return {task: await api.task(task.id), tookMs: performance.now() - began}
    }
    // Its worker was given up, and may still come back.
    await sleep(LOOK_AGAIN_MS, undefined, {signal}).catch(() => undefined)
  }
  options.signal.throwIfAborted()
  throw new TimeoutPassed(
    `the run is cancelled, but within ${formatElapsed(options.waitMs)} nobody has confirmed that its processes are gone; is its daemon running?`,
  )
}

async function endOf(api: Api, task: Task, signal: AbortSignal): Promise<TaskEndEvent | undefined> {
  for await (const event of followTask(api.client, task.id, {since: task.last_seq, signal})) {
    if (event.event === 'end') return event.data
  }
  return undefined
}
