import {randomUUID} from 'node:crypto'
import {readdir, readFile, rename, rm} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {AppError} from '../errors.js'
import {processStartTime} from '../process-tree/process-table.js'
import {replaceFile} from '../replace-file.js'
import type {TaskFolder} from '../task-folder/task-folder.js'
import {decodeHolder, encodeHolder} from '../task-folder/task-lock-text.js'

const TRIES = 20
/** Those that come at the same moment come again at different ones. */
const MAX_PAUSE_MS = 150
const CLAIM = '.claim'

/**
 * Makes sure that one worker at a time works on a task, also when several take over from a dead one at the
 * same moment. Who wants the lock first shows a claim of its own and then looks: who sees neither another
 * living claim nor a living holder makes its claim the lock. Of two that come together at least one sees the
 * other, however slow the machine is.
 * @returns a function that releases the lock
 * @throws AppError `conflict` when another worker lives
 */
export async function lockTask({lock}: TaskFolder): Promise<() => Promise<void>> {
  const id = randomUUID()
  const claim = `${lock}.${id}${CLAIM}`
  const start = (await processStartTime(process.pid)) ?? ''
  const own = encodeHolder({pid: process.pid, start}, id)
  try {
    for (let tries = 0; tries < TRIES; tries++) {
      await replaceFile(claim, own)
      // Claims are looked at before the lock, because a claim turns into the lock.
      const isAlone = !(await hasRivals(lock, claim))
      await requireFree(lock)
      if (isAlone) {
        await rename(claim, lock)
        return async () => {
          if ((await read(lock)) === own) await rm(lock, {force: true})
        }
      }
      await rm(claim, {force: true})
      await sleep(Math.random() * MAX_PAUSE_MS)
    }
    throw new AppError('conflict', 'other workers want this task too')
  } finally {
    await rm(claim, {force: true})
  }
}

/** Whether somebody else alive has shown a claim; those of dead ones are removed. */
async function hasRivals(lock: string, own: string): Promise<boolean> {
  const folder = dirname(lock)
  const names = (await readdir(folder)).filter(
    (name) => name.startsWith(`${basename(lock)}.`) && name.endsWith(CLAIM),
  )
  let found = false
  for (const path of names.map((name) => join(folder, name))) {
    if (path === own) continue
    const text = await read(path)
    if (text === undefined) continue
    if (await livingHolder(text)) found = true
    else await rm(path, {force: true})
  }
  return found
}

async function requireFree(lock: string): Promise<void> {
  const pid = await livingHolder((await read(lock)) ?? '')
  if (pid) throw new AppError('conflict', `worker ${pid} is at work on this task`)
}

/** The pid that stands in a lock, when it is still the same process. */
async function livingHolder(text: string): Promise<number | undefined> {
  const holder = decodeHolder(text)
  if (!holder) return undefined
  return (await processStartTime(holder.pid)) === holder.start ? holder.pid : undefined
}

const read = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').catch(() => undefined)
