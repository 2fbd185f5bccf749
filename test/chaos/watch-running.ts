import {setTimeout as sleep} from 'node:timers/promises'
import type {ChaosSystem} from './system.js'

const LOOK_MS = 3000
/** The longest pause before a recovery, and as long again for a daemon that has to come back first. */
const MAX_ORPHAN_MS = 60_000

/** Complains of every task that is `running` for long without a living worker. Ends with the signal. */
export async function watchRunning(
  system: ChaosSystem,
  complain: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const orphanSince = new Map<string, number>()
  while (!signal.aborted) {
    const running = await runningTasks(system)
    const workers = new Set((await system.workers()).map(({taskId}) => taskId))
    for (const id of orphanSince.keys()) {
      if (running && (!running.includes(id) || workers.has(id))) orphanSince.delete(id)
    }
    for (const id of running ?? []) {
      if (workers.has(id)) continue
      const since = orphanSince.get(id) ?? performance.now()
      orphanSince.set(id, since)
      if (performance.now() - since < MAX_ORPHAN_MS) continue
      complain(`task ${id} is running without a worker`)
      orphanSince.set(id, Number.POSITIVE_INFINITY)
    }
    await sleep(LOOK_MS, undefined, {signal}).catch(() => {})
  }
}

/** Undefined while the server is away. */
function runningTasks({api}: ChaosSystem): Promise<string[] | undefined> {
  return api.tasks({status: 'running', limit: 500}).then(
    ({tasks}) => tasks.map(({id}) => id),
    () => undefined,
  )
}
