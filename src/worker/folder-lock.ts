import {mkdir, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {join, sep} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {lockFile} from '../lock-file.js'
import {processStartTime} from '../process-tree/process-table.js'

interface Holder {
  path: string
  pid: number
  pid_start: string
}

export interface FolderLockOptions {
  /** Root of all work folders: the locks lie there. */
  workspacesRoot: string
  /** Absolute, links followed. */
  path: string
  taskId: string
  /** Somebody else is at work there: told once. */
  onWait(): Promise<void>
  /** Gives up waiting. */
  signal: AbortSignal
}

const POLL_MS = 1000

/**
 * Makes sure that no two runs work in one folder, nor in one that lies in the other; waits until it is
 * free. A lock of a process that is gone does not count.
 * @returns a function that releases it
 * @throws the signal's reason when that is aborted first
 */
export async function lockFolder(options: FolderLockOptions): Promise<() => Promise<void>> {
  const {workspacesRoot, path, taskId, onWait, signal} = options
  const folder = join(workspacesRoot, '.locks')
  await mkdir(folder, {recursive: true, mode: 0o700})
  const own = join(folder, `${taskId}.json`)
  for (let told = false; ; told = true) {
    signal.throwIfAborted()
    if (await take(folder, own, path)) return () => rm(own, {force: true})
    if (!told) await onWait()
    await delay(POLL_MS, undefined, {signal})
  }
}

/** Looks and takes as one step. */
async function take(folder: string, own: string, path: string): Promise<boolean> {
  const release = await lockFile(folder, {
    lockfilePath: `${folder}.lock`,
    retries: {retries: 100, minTimeout: 20, maxTimeout: 200},
  })
  try {
    for (const name of await readdir(folder)) {
      const file = join(folder, name)
      if (file === own) continue
      const holder = await readHolder(file)
      if (!holder || (await processStartTime(holder.pid)) !== holder.pid_start) {
        // Another run may have removed it in this moment.
        await rm(file, {force: true})
      } else if (overlap(holder.path, path)) return false
    }
    const holder: Holder = {
      path,
      pid: process.pid,
      pid_start: (await processStartTime(process.pid)) ?? '',
    }
    await writeFile(own, JSON.stringify(holder), {mode: 0o600})
    return true
  } finally {
    await release()
  }
}

async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Holder
  } catch {
    return undefined
  }
}

const overlap = (one: string, other: string): boolean =>
  one === other || one.startsWith(other + sep) || other.startsWith(one + sep)
