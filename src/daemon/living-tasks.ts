import {stat} from 'node:fs/promises'
import {setTimeout as delay} from 'node:timers/promises'
import type {WorkerRecord} from '../task-folder/task-spec.js'
import type {ProcessStart} from './lock.js'
import {isDone, listTaskFolders, readTaskSpec} from './task-store.js'
import {findWorker, readWorkerRecord, type WorkerHandle} from './worker-process.js'

/** A task whose worker lives on this machine, whether or not a daemon does. */
export interface LivingTask {
  id: string
  /** For people: `LOC-3 (claude)`. */
  name: string
  worker: WorkerHandle
  phase: WorkerRecord['phase']
}

/** A worker says within moments that it is there. */
const START_MS = 5000
const POLL_MS = 50

/** Resolves when every worker that was started just now can be found, or has had its time. */
export async function awaitStarting(stateDir: string, signal?: AbortSignal): Promise<void> {
  const end = performance.now() + START_MS
  while (performance.now() < end && (await isStarting(stateDir))) {
    await delay(POLL_MS, undefined, {signal})
  }
}

async function isStarting(stateDir: string): Promise<boolean> {
  for (const folder of await listTaskFolders(stateDir)) {
    if ((await isDone(folder)) || (await readWorkerRecord(folder))) continue
    const spec = await stat(folder.spec).catch(() => undefined)
    if (spec && Date.now() - spec.mtimeMs < START_MS) return true
  }
  return false
}

/** The tasks of a state folder whose workers live. */
export async function findLivingTasks(
  stateDir: string,
  processStart: ProcessStart,
): Promise<LivingTask[]> {
  const found: LivingTask[] = []
  for (const folder of await listTaskFolders(stateDir)) {
    if (await isDone(folder)) continue
    const worker = await findWorker(folder, processStart)
    const record = worker && (await readWorkerRecord(folder))
    if (!worker || !record) continue
    const spec = await readTaskSpec(folder)
    const id = spec?.task.id ?? folder.path.slice(-36)
    const name = `${spec?.task.issue_identifier ?? id} (${spec?.provider ?? 'unknown'})`
    found.push({id, name, worker, phase: record.phase})
  }
  return found
}
