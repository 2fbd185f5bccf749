import {chmod, lstat, readdir, rename, rm} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'
import {newId} from '../../ids.js'

/**
 * Takes a folder out of use with one step and deletes it then, so that a crash leaves something whose
 * name says what it is, and never half a folder under a name that somebody uses. Links are not followed.
 */
export async function removeTree(path: string): Promise<void> {
  await deleteTree(await putAside(path, path))
}

/** @param beside names the trash, and lies where it is to lie: on the same disk */
export async function putAside(path: string, beside: string): Promise<string> {
  const trash = join(dirname(beside), `.trash-${basename(beside)}-${newId()}`)
  await rename(path, trash)
  return trash
}

export async function deleteTree(path: string): Promise<void> {
  try {
    await rm(path, {recursive: true, force: true})
  } catch (error) {
    if (!['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    // Caches of modules make their folders read-only.
    await allowDeletion(path)
    await rm(path, {recursive: true, force: true})
  }
}

async function allowDeletion(path: string): Promise<void> {
  if (!(await lstat(path)).isDirectory()) return
  await chmod(path, 0o700)
  for (const entry of await readdir(path, {withFileTypes: true})) {
    if (entry.isDirectory()) await allowDeletion(join(path, entry.name))
  }
}
