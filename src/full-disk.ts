import {setTimeout as sleep} from 'node:timers/promises'

/** A full disk is tried again this often for so long. */
const RETRY_MS = 500
const LIMIT_MS = 30_000

/**
 * Writes, and tries again while the disk has no room: somebody may just be making some.
 * @throws what the write throws, after 30 s without room or at once for any other reason
 */
export async function waitForRoom<T>(write: () => Promise<T>): Promise<T> {
  const giveUp = performance.now() + LIMIT_MS
  for (;;) {
    try {
      return await write()
    } catch (error) {
      const {code} = error as NodeJS.ErrnoException
      if ((code !== 'ENOSPC' && code !== 'EDQUOT') || performance.now() > giveUp) throw error
      await sleep(RETRY_MS)
    }
  }
}
