import {setTimeout as delay} from 'node:timers/promises'
import type {Settings} from '../settings/settings.js'
import type {DrainAnswer} from './drain.js'
import {findLivingTasks, type LivingTask} from './living-tasks.js'
import {postLocal} from './local-client.js'
import {findHolder, type ProcessStart} from './lock.js'

export interface DrainRequest {
  processStart: ProcessStart
  /** Longest wait for the tasks to end by themselves. */
  limitMs: number
  /** Gives up: the daemon takes tasks again. */
  signal: AbortSignal
  /** What is still waited for. */
  onWait(tasks: LivingTask[]): void
}

const POLL_MS = 250
/** Asked for again at each look; a command that dies leaves no idle daemon. */
const PAUSE_MS = 5000

/**
 * Lets the running tasks come to their ends while the daemon of a profile, if one runs, claims no new
 * ones and still serves their agents.
 * @returns the tasks that were still at work when the time was over
 */
export async function drainTasks(
  settings: Settings,
  {processStart, limitMs, signal, onWait}: DrainRequest,
): Promise<LivingTask[]> {
  const {stateDir} = settings
  const end = Date.now() + limitMs
  try {
    for (;;) {
      const claimed = await pauseClaims(stateDir, processStart, PAUSE_MS)
      const tasks = await findLivingTasks(stateDir, processStart)
      if (tasks.length === 0 && claimed === 0) return []
      if (Date.now() >= end) return tasks
      onWait(tasks)
      await delay(Math.min(POLL_MS, Math.max(1, end - Date.now())), undefined, {signal})
    }
  } catch (error) {
    await pauseClaims(stateDir, processStart, 0)
    throw error
  }
}

/** @returns how many tasks the daemon has, those included that have no worker yet */
async function pauseClaims(
  stateDir: string,
  processStart: ProcessStart,
  forMs: number,
): Promise<number> {
  const holder = await findHolder(stateDir, processStart)
  if (holder?.port === undefined || !holder.control) return 0
  const {port, control} = holder
  const answer = await postLocal<DrainAnswer>(
    {port, path: '/drain', token: control},
    {for_ms: forMs},
  )
  return answer?.used ?? 0
}
