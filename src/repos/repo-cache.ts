import {mkdir, rename, rm, stat, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {newId} from '../ids.js'
import {lockFile} from '../lock-file.js'
import {type GitOptions, git} from './git.js'
import {cacheName} from './names.js'

export interface CachedRepo {
  /** The bare repository. */
  path: string
  /** Why it could not be brought up to date, when it was there already. */
  stale: string | undefined
}

/** In each clone: its time is that of the last use, and its presence says that the clone is ours. */
export const USED_FILE = 'multica-used'
/** How long somebody else may hold a repository: as long as a clone may take. */
const LOCK_TRIES = {retries: 1200, minTimeout: 100, maxTimeout: 1000, factor: 1.2, randomize: true}

/**
 * Bare clones of a workspace's repositories, one folder for each full address (contract §5.11).
 * Remote branches are tracked apart from the agents' own, so that a fetch never moves one of those.
 */
export class RepoCache {
  readonly #root: string
  readonly #env: GitOptions['env']

  /** @param root such as `<workspaces root>/.repos/<workspace id>` */
  constructor(root: string, env: GitOptions['env']) {
    this.#root = root
    this.#env = env
  }

  /**
   * Clones or updates a repository and works on it while nobody else may.
   * @throws AppError when it is not here and cannot be cloned, and whatever `work` throws
   */
  async use<T>(
    url: string,
    work: (repo: CachedRepo) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    await mkdir(this.#root, {recursive: true, mode: 0o700})
    const path = join(this.#root, cacheName(url))
    const release = await lockRepo(path, LOCK_TRIES)
    try {
      const stale = await this.#update(path, url, signal)
      await writeFile(join(path, USED_FILE), '', {mode: 0o600})
      return await work({path, stale})
    } finally {
      await release()
    }
  }

  async #update(path: string, url: string, signal?: AbortSignal): Promise<string | undefined> {
    if (!(await isThere(join(path, 'HEAD')))) {
      await this.#clone(path, url, signal)
      return undefined
    }
    try {
      await this.#fetch(path, signal)
      return undefined
    } catch (error) {
      return (error as Error).message
    }
  }

  /** Made beside its place and moved there whole: half a clone is never taken for one. */
  async #clone(path: string, url: string, signal?: AbortSignal): Promise<void> {
    const draft = `${path}.${newId()}`
    await mkdir(draft, {mode: 0o700})
    try {
      const options = {cwd: draft, env: this.#env, signal}
      await git(['init', '--quiet', '--bare', '.'], options)
      await git(['remote', 'add', '--', 'origin', url], options)
      await this.#fetch(draft, signal)
      await rm(path, {recursive: true, force: true})
      await rename(draft, path)
    } catch (error) {
      await rm(draft, {recursive: true, force: true})
      throw error
    }
  }

  async #fetch(path: string, signal?: AbortSignal): Promise<void> {
    const options = {cwd: path, env: this.#env, signal}
    await git(['fetch', '--quiet', '--prune', '--no-auto-maintenance', 'origin'], options)
    await git(['remote', 'set-head', 'origin', '--auto'], options).catch(() => undefined)
  }
}

/**
 * Makes sure that one process at a time works on a clone.
 * @throws when it is held by another one for longer than the tries take
 * @returns a function that releases it
 */
export function lockRepo(
  path: string,
  retries: typeof LOCK_TRIES | 0,
): Promise<() => Promise<void>> {
  const lockfilePath = `${path}.lock`
  return lockFile(path, {lockfilePath, stale: 30_000, retries})
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
