import {mkdir, readdir, readFile, rename, stat} from 'node:fs/promises'
import {join} from 'node:path'
import {waitForRoom} from '../full-disk.js'
import {parseUuid} from '../ids.js'
import {replaceFile} from '../replace-file.js'
import {type TaskFolder, taskFolder} from '../task-folder/task-folder.js'
import type {TaskSpec} from '../task-folder/task-spec.js'

/** Makes a task's folder with its spec. An older folder of the same id is put aside, not mixed in. */
export async function createTaskFolder(stateDir: string, spec: TaskSpec): Promise<TaskFolder> {
  const folder = taskFolder(stateDir, spec.task.id)
  await rename(folder.path, `${folder.path}.${Date.now()}`).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  })
  await waitForRoom(() => mkdir(folder.path, {recursive: true, mode: 0o700}))
  await waitForRoom(() => replaceFile(folder.spec, `${JSON.stringify(spec)}\n`, {flush: true}))
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
  return stat(folder.done).then(
    () => true,
    () => false,
  )
}
