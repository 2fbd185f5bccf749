import type {DiskItem} from './disk-item.js'

/** Somebody may have looked into an ended folder by hand, so its size is taken anew from time to time. */
const ENDED_LIFE_MS = 24 * 3_600_000
/** What is in use grows, and cannot be removed anyhow. */
const LIVE_LIFE_MS = 600_000

/** Sizes of large folders: walking a million files after every run would keep a machine busy. */
export class SizeCache {
  readonly #known = new Map<string, {lastUsed: number; bytes: number; at: number}>()

  async of(
    path: string,
    {status, lastUsed}: Pick<DiskItem, 'status' | 'lastUsed'>,
    measure: () => Promise<number>,
  ): Promise<number> {
    const isEnded = status === 'ended'
    const known = this.#known.get(path)
    const life = isEnded ? ENDED_LIFE_MS : LIVE_LIFE_MS
    const isSame = !isEnded || known?.lastUsed === lastUsed
    if (known && isSame && Date.now() - known.at < life) return known.bytes
    const bytes = await measure()
    this.#known.set(path, {lastUsed, bytes, at: Date.now()})
    return bytes
  }

  forget(path: string): void {
    this.#known.delete(path)
  }
}
