import type {Stats} from 'node:fs'
import {lstat, readdir} from 'node:fs/promises'
import {join} from 'node:path'

/**
 * Adds up what files take on the disk, as `du` does: allocated blocks, folders themselves included, a
 * file with several names once, links not followed. What vanishes meanwhile counts nothing.
 */
export class Measure {
  readonly #seen = new Set<string>()
  readonly #excluded: ReadonlySet<string>

  /** @param excluded paths that are counted elsewhere */
  constructor(excluded: readonly string[] = []) {
    this.#excluded = new Set(excluded)
  }

  /** A file, or a folder with all that is in it. */
  async tree(path: string): Promise<number> {
    if (this.#excluded.has(path)) return 0
    const stats = await lstat(path).catch(() => undefined)
    if (!stats) return 0
    let bytes = this.#own(stats)
    if (!stats.isDirectory()) return bytes
    const entries = await readdir(path).catch(() => [])
    for (const name of entries) bytes += await this.tree(join(path, name))
    return bytes
  }

  /** A file, or a folder without what is in it. */
  async entry(path: string): Promise<number> {
    const stats = await lstat(path).catch(() => undefined)
    return stats ? this.#own(stats) : 0
  }

  #own(stats: Stats): number {
    if (stats.nlink > 1 && !stats.isDirectory()) {
      const key = `${stats.dev}:${stats.ino}`
      if (this.#seen.has(key)) return 0
      this.#seen.add(key)
    }
    // Windows tells no blocks.
    return stats.blocks === undefined ? stats.size : stats.blocks * 512
  }
}
