import {mkdir, rename, rm, stat} from 'node:fs/promises'
import {join} from 'node:path'
import lockfile from 'proper-lockfile'
import {newId} from '../ids.js'
import {type GitOptions, git} from './git.js'
import {cacheName} from './names.js'

export interface CachedRepo {
  /** The bare repository. */
  path: string
  /** Why it could not be brought up to date, when it was there already. */
  stale: string | undefined
}

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
    const release = await lockfile.lock(path, {
      lockfilePath: `${path}.lock`,
      realpath: false,
      stale: 30_000,
      retries: LOCK_TRIES,
    })
    try {
      return await work({path, stale: await this.#update(path, url, signal)})
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

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
