import {setTimeout as delay} from 'node:timers/promises'
import type {ProcessStart} from './lock.js'
import {listTaskFolders} from './task-store.js'
import {findWorker, isAlive, type WorkerHandle} from './worker-process.js'

export interface StoppedWorkers {
  /** Ids of the tasks whose workers have ended. */
  stopped: string[]
  /** Still at work when the time was over: their reports have not got through yet. */
  remaining: string[]
}

/**
 * Asks every living worker to stop its agent and to report, and waits for them. To be called when no
 * daemon runs, because a daemon would start a recovery.
 */
export async function stopWorkers(
  stateDir: string,
  {processStart, limitMs}: {processStart: ProcessStart; limitMs: number},
): Promise<StoppedWorkers> {
  const workers = new Map<string, WorkerHandle>()
  for (const folder of await listTaskFolders(stateDir)) {
    const worker = await findWorker(folder, processStart)
    if (!worker) continue
    process.kill(worker.pid, 'SIGTERM')
    workers.set(folder.path.slice(-36), worker)
  }
  const asked = [...workers.keys()]
  const end = Date.now() + limitMs
  while (workers.size > 0 && Date.now() < end) {
    for (const [id, worker] of workers) {
      if (!(await isAlive(worker, processStart))) workers.delete(id)
    }
    if (workers.size > 0) await delay(50)
  }
  const remaining = [...workers.keys()]
  return {stopped: asked.filter((id) => !workers.has(id)), remaining}
}
