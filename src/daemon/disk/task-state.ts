import {readFile, stat} from 'node:fs/promises'
import {basename} from 'node:path'
import {type TaskFolder, taskFolderAt} from '../../task-folder/task-folder.js'
import {decodeHolder} from '../../task-folder/task-lock-text.js'
import type {TaskSpec} from '../../task-folder/task-spec.js'
import type {ProcessStart} from '../lock.js'
import {listTaskFolders, readTaskSpec} from '../task-store.js'
import {findWorker} from '../worker-process.js'
import type {DiskStatus} from './disk-item.js'

export interface TaskState {
  status: Exclude<DiskStatus, 'unknown'>
  /** When it ended, or was last heard of, in milliseconds; 0 when nothing is left of it. */
  since: number
  spec: TaskSpec | undefined
}

/**
 * Whether somebody works on a task. Liveness decides, by lock and by process, never the age (fault
 * H-4); a journal whose end the server has not acknowledged is as good as alive.
 */
export async function stateOfTask(path: string, processStart: ProcessStart): Promise<TaskState> {
  const folder = taskFolderAt(path)
  const changed = await mtime(path)
  if (changed === undefined) return {status: 'ended', since: 0, spec: undefined}
  const spec = await readTaskSpec(folder)
  if ((await isLocked(folder, processStart)) || (await findWorker(folder, processStart))) {
    return {status: 'live', since: Date.now(), spec}
  }
  const done = await mtime(folder.done)
  if (done !== undefined) return {status: 'ended', since: done, spec}
  // Made when the daemon died, before there was anything to run.
  const begun = spec !== undefined || (await mtime(folder.journal)) !== undefined
  // One that was put aside belongs to a claim that the server refuses from now on.
  const isAside = basename(path).includes('.')
  return {status: begun && !isAside ? 'unreported' : 'ended', since: changed, spec}
}

/** Work folders that open tasks name as the one to go on in: their workers may take them any moment. */
export async function awaitedFolders(stateDir: string): Promise<string[]> {
  const awaited: string[] = []
  for (const folder of await listTaskFolders(stateDir)) {
    if ((await mtime(folder.done)) !== undefined) continue
    const prior = (await readTaskSpec(folder))?.task.prior_work_dir
    if (prior) awaited.push(prior)
  }
  return awaited
}

async function isLocked(folder: TaskFolder, processStart: ProcessStart): Promise<boolean> {
  const text = await readFile(folder.lock, 'utf8').catch(() => '')
  const holder = decodeHolder(text)
  return holder !== undefined && (await processStart(holder.pid)) === holder.start
}

/** @returns undefined when there is nothing */
export async function mtime(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({mtimeMs}) => mtimeMs,
    () => undefined,
  )
}
