import {mkdir, readdir, readFile, rm, stat} from 'node:fs/promises'
import {basename, dirname, join, relative, sep} from 'node:path'
import * as z from 'zod'
import {parseUuid} from '../ids.js'
import {lockFile} from '../lock-file.js'
import {replaceFile} from '../replace-file.js'
import {MARK_FILE, MARK_FOLDER} from './run-folder.js'

/** A work folder is ours, and may be removed one day, only when it says so itself (fault H-5). */
const Mark = z.object({
  task_id: z.guid(),
  workspace_id: z.guid(),
  /** Null: no later run can take the folder over. */
  issue_id: z.guid().nullable(),
  issue: z.string().nullable(),
  created_at: z.string(),
})
export type WorkFolderMark = z.output<typeof Mark>

/** A run that works in the folder: the one that made it, or a later one of the same agent and issue. */
export interface FolderUse {
  taskId: string
  /** The task's folder in the state folder of its daemon; it tells whether the run goes on. */
  stateFolder: string
  /** When the run took the folder, in milliseconds. */
  since: number
}

export type NewUse = Omit<FolderUse, 'since'>

const markPath = (root: string): string => join(root, MARK_FOLDER, MARK_FILE)
const usesPath = (root: string): string => join(root, MARK_FOLDER, 'uses')

/** `<workspaces root>/<workspace id>/<task id>` of a path in it; undefined for anything else. */
export function markedFolderOf(workspacesRoot: string, path: string): string | undefined {
  const [workspaceId = '', taskId = ''] = relative(workspacesRoot, path).split(sep)
  const isOurs = parseUuid(workspaceId) === workspaceId && parseUuid(taskId) === taskId
  return isOurs ? join(workspacesRoot, workspaceId, taskId) : undefined
}

/** Makes a work folder that names whose it is; `use` says that its own task works in it now. */
export async function createWorkFolder(
  root: string,
  mark: WorkFolderMark,
  use: NewUse,
): Promise<void> {
  const whole = Mark.parse(mark)
  await withFolderLock(root, async () => {
    await mkdir(usesPath(root), {recursive: true, mode: 0o700})
    await replaceFile(markPath(root), `${JSON.stringify(whole)}\n`)
    await replaceFile(join(usesPath(root), use.taskId), use.stateFolder)
  })
}

/** @returns false when the folder is not there (any more) */
export async function useWorkFolder(root: string, use: NewUse): Promise<boolean> {
  if (!(await exists(root))) return false
  return withFolderLock(root, async () => {
    if (!(await exists(root))) return false
    // A folder without a mark is never removed by us, so nobody needs to know of its use.
    if (await readMark(root)) await replaceFile(join(usesPath(root), use.taskId), use.stateFolder)
    return true
  })
}

/** @returns undefined for a folder that is not ours, or whose mark is not whole */
export async function readMark(root: string): Promise<WorkFolderMark | undefined> {
  try {
    const mark = Mark.parse(JSON.parse(await readFile(markPath(root), 'utf8')))
    return mark.task_id === basename(root) ? mark : undefined
  } catch {
    return undefined
  }
}

export async function readUses(root: string): Promise<FolderUse[]> {
  const uses: FolderUse[] = []
  for (const taskId of await readdir(usesPath(root)).catch(() => [])) {
    if (parseUuid(taskId) !== taskId) continue
    const path = join(usesPath(root), taskId)
    const since = (await stat(path)).mtimeMs
    uses.push({taskId, stateFolder: await readFile(path, 'utf8'), since})
  }
  return uses
}

/** Forgets runs that have ended, so that a folder that is used for years does not collect them. */
export async function forgetUse(root: string, taskId: string): Promise<void> {
  await rm(join(usesPath(root), taskId), {force: true})
}

/**
 * Works on a folder while nobody takes it into use and nobody removes it (fault H-8). The lock lies
 * beside the folder, because the folder may go.
 * @param tries how often the lock is tried, 20 to 300 ms apart
 */
export async function withFolderLock<T>(
  root: string,
  work: () => Promise<T>,
  tries = 100,
): Promise<T> {
  await mkdir(dirname(root), {recursive: true, mode: 0o700})
  const release = await lockFile(root, {
    lockfilePath: `${root}.lock`,
    stale: 10_000,
    retries: {retries: tries, minTimeout: 20, maxTimeout: 300, randomize: true},
  })
  try {
    return await work()
  } finally {
    await release()
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
