import {execFile} from 'node:child_process'
import {mkdir, readFile, statfs} from 'node:fs/promises'
import {promisify} from 'node:util'

/** A disk that can be full. */
export interface SmallDisk {
  path: string
  /** Not a byte more fits on it. */
  fill(): Promise<void>
  /** There is room again. */
  empty(): Promise<void>
}

const SIZE = '6g'
const run = promisify(execFile)

/**
 * Puts a file system of its own (in memory) on a folder. @returns undefined where the machine does not allow
 * that: it takes Linux and its root
 */
export async function mountSmallDisk(path: string): Promise<SmallDisk | undefined> {
  await mkdir(path, {recursive: true})
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=0755`, 'tmpfs', path])
  } catch {
    return undefined
  }
  const resize = (size: string) => run('mount', ['-o', `remount,size=${size}`, path])
  return {
    path,
    async fill() {
      // The size can be made as small as what is on it, and a moment later that may be more.
      for (let tries = 0; tries < 20; tries++) {
        const {blocks, bfree, bsize} = await statfs(path)
        const done = await resize(String((blocks - bfree) * bsize)).catch(() => false)
        if (done) return
      }
    },
    empty: async () => void (await resize(SIZE)),
  }
}

/** Takes all disks below a folder away. */
export async function removeDisks(below: string): Promise<void> {
  const mounts = await readFile('/proc/mounts', 'utf8').catch(() => '')
  for (const line of mounts.split('\n')) {
    const path = line.split(' ')[1] ?? ''
    if (path.startsWith(`${below}/`)) await run('umount', ['-l', path])
  }
}
