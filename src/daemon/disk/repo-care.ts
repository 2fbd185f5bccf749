import {BASE_KEY} from '../../repos/base-commit.js'
import {type GitOptions, git, tryGit} from '../../repos/git.js'
import {lockRepo} from '../../repos/repo-cache.js'

/**
 * Forgets checkouts that are gone and the branches that were made for them, where everything on them
 * has been pushed, and lets git pack what is left. Gives way to whoever works on the clone (fault H-7).
 */
export async function tidyRepo(cwd: string, env: GitOptions['env']): Promise<void> {
  const release = await lockRepo(cwd, 0).catch(() => undefined)
  if (!release) return
  const options = {cwd, env}
  try {
    await git(['worktree', 'prune'], options)
    for (const branch of await ownBranches(options)) {
      if (!(await isPushed(branch, options))) continue
      await git(['branch', '--quiet', '-D', '--', branch], options)
    }
    await tryGit(['gc', '--auto', '--quiet'], options)
  } finally {
    await release()
  }
}

/** Branches of a clone that hold commits which are nowhere else. */
export async function unpushedBranches(cwd: string, env: GitOptions['env']): Promise<string[]> {
  const options = {cwd, env}
  const names = await git(['for-each-ref', '--format=%(refname:short)', 'refs/heads'], options)
  const found: string[] = []
  for (const name of names.split('\n').filter(Boolean)) {
    if (!(await isPushed(name, options))) found.push(name)
  }
  return found
}

/** Made by a checkout of ours, and checked out nowhere any more. */
async function ownBranches(options: GitOptions): Promise<string[]> {
  const format = '--format=%(refname:short)%09%(worktreepath)'
  const lines = (await git(['for-each-ref', format, 'refs/heads'], options)).split('\n')
  const free = lines.flatMap((line) => {
    const [name, worktree] = line.split('\t')
    return name && !worktree ? [name] : []
  })
  const own: string[] = []
  for (const name of free) {
    if (await tryGit(['config', `branch.${name}.${BASE_KEY}`], options)) own.push(name)
  }
  return own
}

async function isPushed(branch: string, options: GitOptions): Promise<boolean> {
  const range = ['rev-list', '--count', `refs/heads/${branch}`, '--not', '--remotes=origin']
  return (await tryGit(range, options)) === '0'
}
