import {lstat, readdir} from 'node:fs/promises'
import {join, relative} from 'node:path'
import {MAX_CHECKOUTS} from '../protocol/task-diff.js'

/** How deep below the work folder a checkout may stand. */
const MAX_DEPTH = 3
/** Folders that are looked into; a work folder may hold anything. */
const MAX_FOLDERS = 500

/**
 * The git checkouts in a work folder: itself, or those inside it; links are not followed, and none is
 * looked for inside another.
 * @returns absolute paths with their names, in order of name
 */
export async function findCheckouts(workDir: string): Promise<{path: string; name: string}[]> {
  const found: string[] = []
  let level = [workDir]
  let looked = 0
  for (let depth = 0; depth <= MAX_DEPTH && level.length > 0; depth++) {
    const next: string[] = []
    for (const folder of level) {
      if (found.length >= MAX_CHECKOUTS || ++looked > MAX_FOLDERS) break
      if (await isCheckout(folder)) found.push(folder)
      else if (depth < MAX_DEPTH) next.push(...(await foldersOf(folder)))
    }
    level = next
  }
  return found.map((path) => ({path, name: relative(workDir, path) || '.'}))
}

async function isCheckout(folder: string): Promise<boolean> {
  return lstat(join(folder, '.git')).then(
    (found) => found.isDirectory() || found.isFile(),
    () => false,
  )
}

async function foldersOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, {withFileTypes: true}).catch(() => [])
  return entries
    .filter((entry) => entry.isDirectory() && !/^\.|^node_modules$/.test(entry.name))
    .map((entry) => join(folder, entry.name))
    .sort()
}
