import {mkdir, readdir, readFile, rename, rm, stat} from 'node:fs/promises'
import {join} from 'node:path'
import {parseUuid} from '../ids.js'
import {type TaskFolder, taskFolder} from '../task-folder/task-folder.js'
import type {TaskSpec} from '../task-folder/task-spec.js'
import {writePrivate} from './state-file.js'

/** Makes a task's folder with its spec. An older folder of the same id is put aside, not mixed in. */
export async function createTaskFolder(stateDir: string, spec: TaskSpec): Promise<TaskFolder> {
  const folder = taskFolder(stateDir, spec.task.id)
  await rename(folder.path, `${folder.path}.${Date.now()}`).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  })
  await mkdir(folder.path, {recursive: true, mode: 0o700})
  await writePrivate(folder.spec, `${JSON.stringify(spec)}\n`)
  return folder
}

/** The spec of a folder; undefined when the daemon died before it was whole. */
export async function readTaskSpec(folder: TaskFolder): Promise<TaskSpec | undefined> {
  try {
    const spec = JSON.parse(await readFile(folder.spec, 'utf8')) as TaskSpec
    return typeof spec.task.id === 'string' && typeof spec.server_url === 'string'
      ? spec
      : undefined
  } catch {
    return undefined
  }
}

/** Folders whose names are whole task ids. */
export async function listTaskFolders(stateDir: string): Promise<TaskFolder[]> {
  const names = await readdir(join(stateDir, 'tasks')).catch(() => [])
  return names.filter((name) => parseUuid(name) === name).map((name) => taskFolder(stateDir, name))
}

export async function isDone(folder: TaskFolder): Promise<boolean> {
  return (await ageOf(folder.done)) !== undefined
}

/**
 * Removes what the server has acknowledged and what was put aside, once it is old enough. Nothing is
 * removed by a shortened or derived name (fault C5).
 */
export async function removeOldFolders(stateDir: string, retentionMs: number): Promise<string[]> {
  const root = join(stateDir, 'tasks')
  const removed: string[] = []
  for (const name of await readdir(root).catch(() => [])) {
    const [id, aside] = name.split('.')
    if (parseUuid(id ?? '') !== id) continue
    const path = join(root, name)
    const age = await ageOf(aside === undefined ? join(path, 'done.json') : path)
    if (age === undefined || age < retentionMs) continue
    await rm(path, {recursive: true, force: true})
    removed.push(name)
  }
  return removed
}

/** Milliseconds since a file was written; undefined when there is none. */
async function ageOf(path: string): Promise<number | undefined> {
  try {
    return Date.now() - (await stat(path)).mtimeMs
  } catch {
    return undefined
  }
}
