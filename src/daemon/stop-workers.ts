import {setTimeout as delay} from 'node:timers/promises'
import {askToEnd} from './ask-to-end.js'
import {awaitStarting, findLivingTasks, type LivingTask} from './living-tasks.js'
import type {ProcessStart} from './lock.js'
import {isAlive} from './worker-process.js'

export interface StoppedWorkers {
  /** Their workers have ended: agent gone, end reported. */
  stopped: LivingTask[]
  /** The agent is gone, but the server has not taken the end yet; the worker goes on trying. */
  reporting: LivingTask[]
  /** The agent still lives. */
  remaining: LivingTask[]
}

/** How long a worker whose agent is gone is waited for: the server may be away. */
const REPORT_MS = 5000

export interface StopWorkers {
  processStart: ProcessStart
  limitMs: number
  signal?: AbortSignal
  onWait?(tasks: LivingTask[]): void
}

/**
 * Asks every living worker to stop its agent and to report the run as stopped, and waits for them. To be
 * called when no daemon runs, because a daemon would start a recovery.
 */
export async function stopWorkers(stateDir: string, options: StopWorkers): Promise<StoppedWorkers> {
  const {processStart, limitMs, signal, onWait} = options
  await awaitStarting(stateDir, signal)
  const asked = await findLivingTasks(stateDir, processStart)
  for (const {worker} of asked) askToEnd(worker.pid)
  const end = performance.now() + limitMs
  let lastWorking = performance.now()
  for (;;) {
    const alive = await keepAlive(asked, processStart)
    const now = await findLivingTasks(stateDir, processStart)
    const phases = new Map(now.map(({id, phase}) => [id, phase]))
    const reporting = alive.filter(({id}) => phases.get(id) === 'uploading')
    if (reporting.length < alive.length) lastWorking = performance.now()
    if (alive.length === 0 || performance.now() >= Math.min(end, lastWorking + REPORT_MS)) {
      const stopped = asked.filter((task) => !alive.includes(task))
      return {stopped, reporting, remaining: alive.filter((task) => !reporting.includes(task))}
    }
    onWait?.(alive)
    await delay(50, undefined, {signal})
  }
}

async function keepAlive(tasks: LivingTask[], processStart: ProcessStart): Promise<LivingTask[]> {
  const alive = await Promise.all(tasks.map(({worker}) => isAlive(worker, processStart)))
  return tasks.filter((_task, index) => alive[index])
}
