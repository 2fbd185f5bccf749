import {readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {type SafeGitOptions, trySafeGit} from './safe-git.js'

/** Key, below a branch, of the commit on which it was begun. */
export const BASE_KEY = 'multicaBase'
/** In the git folder of a checkout: the same, for an agent that has changed to another branch. */
const BASE_FILE = 'multica-base'

/** Notes the commit on which a checkout was begun. */
export const writeBase = (gitDir: string, base: string): Promise<void> =>
  writeFile(join(gitDir, BASE_FILE), `${base}\n`)

/**
 * The commit with which a checkout is compared: the one on which we began it, else the newest that its
 * branch has in common with its remote. null when there is none: then everything in it is new.
 */
export async function findBase(
  checkout: SafeGitOptions,
  gitDir: string,
  branch: string | null,
): Promise<string | null> {
  const noted = await readFile(join(gitDir, BASE_FILE), 'utf8').catch(() => '')
  const ofBranch =
    branch && (await trySafeGit(['config', `branch.${branch}.${BASE_KEY}`], checkout))
  for (const commit of [noted.trim(), ofBranch]) {
    if (commit && /^[0-9a-f]{40,64}$/.test(commit) && (await exists(commit, checkout)))
      return commit
  }
  for (const ref of ['refs/remotes/origin/HEAD', '@{upstream}']) {
    const common = await trySafeGit(['merge-base', 'HEAD', ref], checkout)
    if (common) return common
  }
  return null
}

const exists = async (commit: string, checkout: SafeGitOptions): Promise<boolean> =>
  (await trySafeGit(['cat-file', '-e', `${commit}^{commit}`], checkout)) !== undefined
