import {mkdir, realpath, stat} from 'node:fs/promises'
import {join, sep} from 'node:path'
import type {TaskSpec} from '../task-folder/task-spec.js'
import {createWorkFolder, markedFolderOf, useWorkFolder} from '../task-folder/work-folder-mark.js'
import {writeAgentFiles, writeFilesAside} from './agent-files.js'
import {hasLocalDir, localWorkDir} from './local-dir.js'

/** Where an agent works. */
export interface WorkFolder {
  /** The agent's current directory. */
  workDir: string
  /** For temporary files of this task alone (fault I6). */
  tempDir: string
  /** Where the agent's instructions lie when it does not find them by itself. */
  instructions?: string
  /** Lets others into the folder. */
  release?(): Promise<void>
}

/**
 * Makes a task's folder, named by its full id (fault C5), or takes the one of an earlier run of the
 * same agent and issue, and writes the agent's files into it (contract §5.9).
 */
export async function prepareWorkFolder(
  spec: TaskSpec,
  {stateFolder, env, lock}: PrepareOptions,
): Promise<WorkFolder> {
  await takeFolders(spec, stateFolder)
  const folder = await workFolderOf(spec)
  const {workDir, tempDir} = folder
  await mkdir(tempDir, {recursive: true, mode: 0o700})
  if (!hasLocalDir(spec)) {
    await mkdir(workDir, {recursive: true, mode: 0o700})
    const release = await lock(await realpath(workDir))
    await writeAgentFiles(spec, workDir).catch(orRelease(release))
    return {...folder, release}
  }
  // What is the user's gets no file of ours (fault D13): the prompt says where they are.
  const root = rootOf(spec)
  const place = await localWorkDir(spec, {root, env, prior: await priorWorkDir(spec)})
  const release = await lock(await realpath(place))
  const aside = writeFilesAside(spec, join(root, 'agent'))
  const instructions = await aside.catch(orRelease(release))
  return {...folder, workDir: place, instructions, release}
}

/** A folder that could not be prepared is left. */
const orRelease = (release: () => Promise<void>) => async (error: unknown) => {
  await release()
  throw error
}

export interface PrepareOptions {
  /** The task's folder in the daemon's state: it tells whether the run goes on. */
  stateFolder: string
  /** The machine's own environment, for git. */
  env: Readonly<Record<string, string>>
  /** Waits until nobody else works in a folder. @returns a function that leaves it */
  lock(path: string): Promise<() => Promise<void>>
}

/** Makes the task's own folder, and tells whoever removes old ones which of them it works in (fault H-8). */
async function takeFolders(spec: TaskSpec, stateFolder: string): Promise<void> {
  const {task} = spec
  const use = {taskId: task.id, stateFolder}
  await createWorkFolder(
    join(spec.workspaces_root, task.workspace_id, task.id),
    {
      task_id: task.id,
      workspace_id: task.workspace_id,
      issue_id: task.issue_id ?? null,
      issue: task.issue_identifier ?? null,
      created_at: new Date().toISOString(),
    },
    use,
  )
  const prior = await priorWorkDir(spec)
  const folder = prior && markedFolderOf(await realpath(spec.workspaces_root), prior)
  // One that has gone in this moment is looked for in vain afterwards.
  if (folder) await useWorkFolder(folder, use)
}

/** Where a task's folder is, or is to be. */
export async function workFolderOf(spec: TaskSpec): Promise<WorkFolder> {
  const root = rootOf(spec)
  const tempDir = tempFolderOf(spec)
  if (hasLocalDir(spec) && spec.local_dir.mode === 'in_place') {
    return {workDir: spec.local_dir.path, tempDir}
  }
  const fresh = join(root, hasLocalDir(spec) ? 'worktree' : 'workdir')
  const workDir = (await priorWorkDir(spec)) ?? fresh
  return {workDir, tempDir}
}

/** Temporary files of a run. They go with it; what is to stay belongs into the work folder. */
export const tempFolderOf = (spec: TaskSpec): string => join(rootOf(spec), 'tmp')

const rootOf = ({workspaces_root: all, task}: TaskSpec): string =>
  join(all, task.workspace_id, task.id)

/** An earlier folder counts only when it lies under our own root, links followed (contract §9 item 14). */
async function priorWorkDir(spec: TaskSpec): Promise<string | undefined> {
  const prior = spec.task.prior_work_dir
  if (!prior) return undefined
  try {
    const [path, root] = await Promise.all([realpath(prior), realpath(spec.workspaces_root)])
    return path.startsWith(root + sep) && (await stat(path)).isDirectory() ? path : undefined
  } catch {
    return undefined
  }
}
