import {rename} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'
import type {Log} from '../../log.js'
import {lockRepo} from '../../repos/repo-cache.js'
import type {Environment} from '../../settings/environment.js'
import {readUses, withFolderLock} from '../../task-folder/work-folder-mark.js'
import type {ProcessStart} from '../lock.js'
import {type DiskItem, type DiskPlaces, REPO_DRAFT} from './disk-item.js'
import type {Removal} from './plan.js'
import {deleteTree, putAside} from './remove-tree.js'
import {unpushedBranches} from './repo-care.js'
import {hasWorktrees, lastUseOf} from './scan-repos.js'
import {stateOfWorkFolder} from './scan-workspaces.js'
import {awaitedFolders, mtime, stateOfTask} from './task-state.js'
import {unpushedWork} from './unpushed-work.js'

export interface RemoveContext {
  places: DiskPlaces
  processStart: ProcessStart
  env: Environment
  log: Log
}

/** A folder is held for moments; one that is held for longer goes with the next sweep. */
const LOCK_TRIES = 8

/**
 * Removes one thing if it still may go: whoever may have taken it into use since it was listed is asked
 * about just before (fault H-8). What has not been pushed goes for its age only, and is named then.
 * @returns false when it stays
 */
export async function removeItem(removal: Removal, context: RemoveContext): Promise<boolean> {
  if (!(await mayGo(removal, context))) return false
  const trash = await takeAway(removal, context)
  if (trash === undefined) return false
  await deleteTree(trash)
  return true
}

/**
 * The question that takes long, asked before anything is locked: what has not been pushed goes for its
 * age only. Changes nothing.
 */
export async function mayGo(
  {item, reason}: Removal,
  {env, log}: {env: Environment; log?: Log},
): Promise<boolean> {
  const unpushed = await unpushedIn(item, env)
  if (unpushed.length === 0) return true
  const {path, taskId, issue} = item
  const goes = reason === 'age'
  const event = goes ? 'unpushed_work_removed' : 'unpushed_work_kept'
  log?.[goes ? 'warn' : 'debug']({event, path, task: taskId, issue, unpushed})
  return goes
}

function unpushedIn({kind, path}: DiskItem, env: Environment): Promise<string[]> {
  if (kind === 'work') return unpushedWork(path, env)
  return kind === 'repo' ? unpushedBranches(path, env) : Promise.resolve([])
}

/** @returns where it lies now; undefined when it is in use after all */
async function takeAway({item}: Removal, context: RemoveContext): Promise<string | undefined> {
  const {path} = item
  switch (item.kind) {
    case 'work':
      return withFolderLock(
        path,
        async () => ((await isUnused(path, context)) ? putAside(path, path) : undefined),
        LOCK_TRIES,
      )
    case 'temp':
      return takeTemp(dirname(path), context)
    case 'journal':
      return takeJournal(path, item.taskId ?? '', context)
    case 'repo':
      return takeRepo(path, item.lastUsed)
    case 'leftover':
      return REPO_DRAFT.test(basename(path)) ? takeDraft(path) : path
    default:
      return undefined
  }
}

async function isUnused(path: string, context: RemoveContext): Promise<boolean> {
  const {places, processStart} = context
  const awaited = await awaitedFolders(places.stateDir)
  return (await stateOfWorkFolder(path, {awaited, processStart})).status === 'ended'
}

/** A later run may use the folder; its temp folder is the first run's alone. */
async function takeTemp(root: string, context: RemoveContext): Promise<string | undefined> {
  return withFolderLock(
    root,
    async () => {
      const own = (await readUses(root)).find(({taskId}) => taskId === basename(root))
      const isOver = own
        ? (await stateOfTask(own.stateFolder, context.processStart)).status === 'ended'
        : await isUnused(root, context)
      return isOver ? putAside(join(root, 'tmp'), root) : undefined
    },
    LOCK_TRIES,
  )
}

async function takeJournal(path: string, taskId: string, {processStart}: RemoveContext) {
  if ((await stateOfTask(path, processStart)).status !== 'ended') return undefined
  const trash = await putAside(path, join(dirname(path), taskId))
  if ((await stateOfTask(trash, processStart)).status === 'ended') return trash
  // A claim that was delivered again has made a new folder of that name in this very moment.
  await rename(trash, path)
  return undefined
}

/** Half a clone, if nobody makes it whole just now. */
async function takeDraft(path: string): Promise<string | undefined> {
  const clone = path.slice(0, path.lastIndexOf('.'))
  const release = await lockRepo(clone, 0).catch(() => undefined)
  if (!release) return undefined
  try {
    return await putAside(path, clone)
  } finally {
    await release()
  }
}

/** Gives way to whoever works on the clone. */
async function takeRepo(path: string, lastUsed: number): Promise<string | undefined> {
  const release = await lockRepo(path, 0).catch(() => undefined)
  if (!release) return undefined
  try {
    const isUsed = (await hasWorktrees(path)) || (await lastUseOf(path)) !== lastUsed
    return isUsed || (await mtime(path)) === undefined ? undefined : await putAside(path, path)
  } finally {
    await release()
  }
}
