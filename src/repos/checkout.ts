import {appendFile, mkdir, readFile, stat} from 'node:fs/promises'
import {join, resolve} from 'node:path'
import {AppError} from '../errors.js'
import {BASE_KEY, writeBase} from './base-commit.js'
import {type GitOptions, git, tryGit} from './git.js'
import {branchName, repoName} from './names.js'
import type {CachedRepo} from './repo-cache.js'

export interface CheckoutRequest {
  url: string
  /** Absolute path of the folder in which the checkout is to stand. */
  workdir: string
  agentName: string
  taskId: string
  env: GitOptions['env']
  signal?: AbortSignal | undefined
}

export interface Checkout {
  path: string
  branch_name: string
  /** What the user should know although it worked. */
  warning?: string
}

/** What agents and we ourselves put into a checkout and nobody wants to commit. */
const EXCLUDES = ['.agent_context', '.claude/skills']

/**
 * Puts a worktree of a cached repository into a task's folder, on a branch of its own, or brings the
 * one that an earlier run has left up to date (contract §5.11). Work that is there is never touched.
 * @throws AppError when something else stands in its place, and for what git refuses
 */
export async function checkOut(repo: CachedRepo, request: CheckoutRequest): Promise<Checkout> {
  const path = join(request.workdir, repoName(request.url))
  const inRepo: GitOptions = {cwd: repo.path, env: request.env, signal: request.signal}
  const base = await baseOf(inRepo)
  const warning = repo.stale && `the repository could not be updated: ${repo.stale}`
  const more = warning ? {warning} : {}
  if (await exists(path)) {
    const branch = await refresh(repo, path, base, inRepo)
    return {path, branch_name: branch, ...more}
  }
  await mkdir(request.workdir, {recursive: true})
  // Worktrees of folders that have been removed would hold their branches for ever.
  await git(['worktree', 'prune'], inRepo)
  const branch = await freeBranch(inRepo, branchName(request.agentName, request.taskId))
  await git(['worktree', 'add', '--quiet', '--no-track', '-b', branch, '--', path, base], inRepo)
  await noteBase(branch, base, {...inRepo, cwd: path})
  await exclude(repo.path)
  return {path, branch_name: branch, ...more}
}

/** The commit of the remote's default branch. */
async function baseOf(inRepo: GitOptions): Promise<string> {
  for (const name of ['origin/HEAD', 'origin/main', 'origin/master']) {
    const ref = `refs/remotes/${name}^{commit}`
    const commit = await tryGit(['rev-parse', '--verify', '--quiet', ref], inRepo)
    if (commit) return commit
  }
  const branches = ['for-each-ref', '--count=1', '--format=%(objectname)', 'refs/remotes/origin']
  const any = await git(branches, inRepo)
  if (any) return any
  throw new AppError('unavailable', 'the repository has no branch yet; push a first commit to it')
}

/** A checkout of an earlier run: one that has nothing beside the default branch begins at its newest commit again. */
async function refresh(
  repo: CachedRepo,
  path: string,
  base: string,
  {env, signal}: GitOptions,
): Promise<string> {
  const here: GitOptions = {cwd: path, env, signal}
  const common = await tryGit(['rev-parse', '--git-common-dir'], here)
  if (common === undefined || resolve(path, common) !== repo.path) {
    throw new AppError('conflict', `${path} is there already and is no checkout of this repository`)
  }
  const branch = (await git(['branch', '--show-current'], here)) || 'HEAD'
  const clean = (await git(['status', '--porcelain'], here)) === ''
  // What was pushed counts too: the next run goes on with the work of its pull request.
  const own = await git(['rev-list', '--count', `${base}..HEAD`], here)
  if (clean && own === '0' && branch !== 'HEAD') {
    await git(['reset', '--quiet', '--hard', base], here)
    await noteBase(branch, base, here)
  }
  return branch
}

/** By branch and by checkout: an agent may change to another branch. */
async function noteBase(branch: string, base: string, here: GitOptions): Promise<void> {
  await git(['config', `branch.${branch}.${BASE_KEY}`, base], here)
  await writeBase(await git(['rev-parse', '--absolute-git-dir'], here), base)
}

async function freeBranch(inRepo: GitOptions, wanted: string): Promise<string> {
  for (let number = 1; number < 1000; number++) {
    const name = number === 1 ? wanted : `${wanted}-${number}`
    const taken = ['show-ref', '--verify', '--quiet', `refs/heads/${name}`]
    if ((await tryGit(taken, inRepo)) === undefined) return name
  }
  throw new AppError('conflict', `too many branches begin with ${wanted}`)
}

/** Worktrees share the excludes of their repository. */
async function exclude(repoPath: string): Promise<void> {
  const file = join(repoPath, 'info', 'exclude')
  const present = await readFile(file, 'utf8').catch(() => '')
  const missing = EXCLUDES.filter((line) => !present.split('\n').includes(line))
  if (missing.length === 0) return
  await mkdir(join(repoPath, 'info'), {recursive: true})
  await appendFile(
    file,
    `${present === '' || present.endsWith('\n') ? '' : '\n'}${missing.join('\n')}\n`,
  )
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
