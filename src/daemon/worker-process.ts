import {readFile} from 'node:fs/promises'
import type {TaskFolder} from '../task-folder/task-folder.js'
import type {WorkerRecord} from '../task-folder/task-spec.js'
import type {ProcessStart} from './lock.js'

/** A worker that lives, whether it was started by this daemon or found again. */
export interface WorkerHandle {
  pid: number
  pidStart: string
}

/** What the worker says of itself; undefined while it has not written anything whole. */
export async function readWorkerRecord(folder: TaskFolder): Promise<WorkerRecord | undefined> {
  try {
    const record: unknown = JSON.parse(await readFile(folder.worker, 'utf8'))
    return isRecord(record) ? record : undefined
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is WorkerRecord {
  if (typeof value !== 'object' || value === null) return false
  const {pid, pid_start: start} = value as Record<string, unknown>
  return Number.isInteger(pid) && (pid as number) > 1 && typeof start === 'string'
}

/** The living worker of a folder, if there is one. */
export async function findWorker(
  folder: TaskFolder,
  processStart: ProcessStart,
): Promise<WorkerHandle | undefined> {
  const record = await readWorkerRecord(folder)
  if (!record) return undefined
  const worker = {pid: record.pid, pidStart: record.pid_start}
  return (await isAlive(worker, processStart)) ? worker : undefined
}

export async function isAlive(worker: WorkerHandle, processStart: ProcessStart): Promise<boolean> {
  return (await processStart(worker.pid)) === worker.pidStart
}
