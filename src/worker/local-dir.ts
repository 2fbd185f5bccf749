import {mkdir, stat} from 'node:fs/promises'
import {basename, join} from 'node:path'
import {AppError} from '../errors.js'
import {git, tryGit} from '../repos/git.js'
import {branchName} from '../repos/names.js'
import type {TaskSpec} from '../task-folder/task-spec.js'

type Spec = TaskSpec & {local_dir: NonNullable<TaskSpec['local_dir']>}

export const hasLocalDir = (spec: TaskSpec): spec is Spec => spec.local_dir !== undefined

export interface LocalDirOptions {
  /** The task's own folder. */
  root: string
  env: Readonly<Record<string, string>>
  /** The worktree of an earlier run on the same issue. */
  prior: string | undefined
}

/**
 * Where a run works that belongs into a folder of the user: in that folder, or in a git worktree of it
 * which lies in the task's own folder, on a branch of its own.
 * @throws AppError when the folder is no git checkout, and for what git refuses
 */
export async function localWorkDir(
  {local_dir: {path, mode}, task}: Spec,
  {root, env, prior}: LocalDirOptions,
): Promise<string> {
  if (mode === 'in_place') return path
  if (prior) return prior
  const tree = join(root, 'worktree', basename(path) || 'checkout')
  if (await isFolder(tree)) return tree
  const inRepo = {cwd: path, env}
  if ((await tryGit(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], inRepo)) === undefined) {
    throw new AppError('invalid', `${path} is no git checkout with a commit; leave --worktree out`)
  }
  await mkdir(join(root, 'worktree'), {recursive: true, mode: 0o700})
  const branch = await freeBranch(branchName(task.agent?.name ?? 'agent', task.id), inRepo)
  await git(['worktree', 'add', '--quiet', '--no-track', '-b', branch, '--', tree, 'HEAD'], inRepo)
  return tree
}

async function freeBranch(wanted: string, inRepo: Parameters<typeof git>[1]): Promise<string> {
  for (let number = 1; number < 1000; number++) {
    const name = number === 1 ? wanted : `${wanted}-${number}`
    const taken = ['show-ref', '--verify', '--quiet', `refs/heads/${name}`]
    if ((await tryGit(taken, inRepo)) === undefined) return name
  }
  throw new AppError('conflict', `too many branches begin with ${wanted}`)
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  )
