import {lstat, readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {type SafeGitOptions, trySafeGit} from '../../repos/safe-git.js'

/** How deep a checkout may lie below the folder in which the agent works. */
const MAX_DEPTH = 2

/**
 * Checkouts below a folder whose work is nowhere else: something is not committed, or commits are on no
 * branch of a remote. One that git cannot read counts as such.
 */
export async function unpushedWork(
  folder: string,
  env: SafeGitOptions['env'],
  depth = 0,
): Promise<string[]> {
  const kind = await gitEntry(folder)
  if (kind) return (await isSafeToLose(folder, kind, env)) ? [] : [folder]
  if (depth > MAX_DEPTH) return []
  const found: string[] = []
  for (const entry of await readdir(folder, {withFileTypes: true}).catch(() => [])) {
    if (!entry.isDirectory() || entry.name === 'node_modules') continue
    found.push(...(await unpushedWork(join(folder, entry.name), env, depth + 1)))
  }
  return found
}

async function isSafeToLose(
  cwd: string,
  kind: 'worktree' | 'clone',
  env: SafeGitOptions['env'],
): Promise<boolean> {
  const options = {cwd, env}
  const status = await trySafeGit(['status', '--porcelain'], options)
  if (status !== '') return false
  // Branches of a worktree live on in the repository that it belongs to.
  const tips = kind === 'clone' ? ['--branches', 'HEAD'] : ['HEAD']
  const count = ['rev-list', '--count', ...tips, '--not', '--remotes']
  const commits = await trySafeGit(count, options)
  return commits === '0'
}

async function gitEntry(folder: string): Promise<'worktree' | 'clone' | undefined> {
  const stats = await lstat(join(folder, '.git')).catch(() => undefined)
  if (!stats) return undefined
  return stats.isDirectory() ? 'clone' : 'worktree'
}
