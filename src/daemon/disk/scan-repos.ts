import {readdir, readFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {parseUuid} from '../../ids.js'
import {USED_FILE} from '../../repos/repo-cache.js'
import {type DiskItem, REPO, REPO_DRAFT, REPO_TRASH} from './disk-item.js'
import type {ScanContext} from './inventory.js'
import {folderItself, leftover, other} from './scan-state.js'
import {mtime} from './task-state.js'

/** `<root>/.repos/<workspace id>/<name>-<hash of the address>.git` (fault H-3). */
export async function scanRepos({measure, sizes}: ScanContext, root: string): Promise<DiskItem[]> {
  const items = [await folderItself(root, measure.entry(root))]
  for (const workspaceId of await readdir(root).catch(() => [])) {
    const folder = join(root, workspaceId)
    if (parseUuid(workspaceId) !== workspaceId) {
      items.push(await other(folder, measure))
      continue
    }
    items.push(await folderItself(folder, measure.entry(folder)))
    for (const name of await readdir(folder).catch(() => [])) {
      const path = join(folder, name)
      if (REPO_TRASH.test(name) || REPO_DRAFT.test(name)) items.push(await leftover(path, measure))
      else if (!REPO.test(name)) items.push(await other(path, measure))
      else items.push(await repo(path, workspaceId, {measure, sizes}))
    }
  }
  return items
}

async function repo(
  path: string,
  workspaceId: string,
  {measure, sizes}: Pick<ScanContext, 'measure' | 'sizes'>,
): Promise<DiskItem> {
  const lastUsed = await lastUseOf(path)
  if (lastUsed === undefined) return other(path, measure)
  const status = (await hasWorktrees(path)) ? 'live' : 'ended'
  const bytes = await sizes.of(path, {status, lastUsed}, () => measure.tree(path))
  return {kind: 'repo', path, bytes, workspaceId, status, lastUsed}
}

/** By a stamp of our own (fault H-3). @returns undefined for what is no clone of ours */
export function lastUseOf(path: string): Promise<number | undefined> {
  return mtime(join(path, USED_FILE))
}

/** Checkouts that still stand, without asking git. */
export async function hasWorktrees(path: string): Promise<boolean> {
  const folder = join(path, 'worktrees')
  for (const name of await readdir(folder).catch(() => [])) {
    const gitdir = await readFile(join(folder, name, 'gitdir'), 'utf8').catch(() => '')
    if (gitdir !== '' && (await mtime(dirname(gitdir.trim()))) !== undefined) return true
  }
  return false
}
