import {lstat, readdir} from 'node:fs/promises'
import {basename, dirname, join, sep} from 'node:path'
import {parseUuid} from '../../ids.js'
import {readMark, readUses} from '../../task-folder/work-folder-mark.js'
import type {ProcessStart} from '../lock.js'
import {type DiskItem, PINGS_FOLDER, TRASH} from './disk-item.js'
import type {ScanContext} from './inventory.js'
import {scanRepos} from './scan-repos.js'
import {folderItself, leftover, other} from './scan-state.js'
import {awaitedFolders, mtime, stateOfTask} from './task-state.js'

/** `<root>/<workspace id>/<task id>/…`, the clones in `<root>/.repos`, and what pings have left behind. */
export async function scanWorkspaces(context: ScanContext): Promise<DiskItem[]> {
  const {places, measure} = context
  const root = places.workspacesRoot
  const awaited = await awaitedFolders(places.stateDir)
  const items = [await folderItself(root, measure.entry(root))]
  for (const name of await readdir(root).catch(() => [])) {
    const path = join(root, name)
    if (name === '.repos') items.push(...(await scanRepos(context, path)))
    else if (name === PINGS_FOLDER) items.push(...(await scanPings(context, path)))
    else if (isId(name) && (await isFolder(path)))
      items.push(...(await scanWorkspace({...context, awaited}, path)))
    else items.push(await other(path, measure))
  }
  return items
}

/** None takes as long as a leftover must be old to go. */
async function scanPings({measure}: ScanContext, folder: string): Promise<DiskItem[]> {
  const names = await readdir(folder).catch(() => [])
  return [
    await folderItself(folder, measure.entry(folder)),
    ...(await Promise.all(
      names.map((name) => (isId(name) ? leftover : other)(join(folder, name), measure)),
    )),
  ]
}

/** Held for moments; one that a crash leaves behind counts as released after seconds. */
const FOLDER_LOCK = /^[0-9a-f-]{36}\.lock$/

type WorkspaceContext = ScanContext & {awaited: readonly string[]}

async function scanWorkspace(context: WorkspaceContext, folder: string): Promise<DiskItem[]> {
  const {measure} = context
  const items = [await folderItself(folder, measure.entry(folder))]
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    if (TRASH.test(name) || FOLDER_LOCK.test(name)) items.push(await leftover(path, measure))
    else if (isId(name) && (await isFolder(path))) items.push(...(await workFolder(context, path)))
    else items.push(await other(path, measure))
  }
  return items
}

async function workFolder(context: WorkspaceContext, path: string): Promise<DiskItem[]> {
  const {measure, processStart, sizes} = context
  const state = await stateOfWorkFolder(path, context)
  const about = {
    ...state,
    taskId: basename(path),
    workspaceId: basename(dirname(path)),
  }
  if (state.status === 'unknown')
    return [{kind: 'work', path, bytes: await measure.tree(path), ...about}]
  const tempPath = join(path, 'tmp')
  const temp = await measure.tree(tempPath)
  const bytes = await sizes.of(path, state, async () => {
    let sum = await measure.entry(path)
    for (const name of await readdir(path)) {
      if (name !== 'tmp') sum += await measure.tree(join(path, name))
    }
    return sum
  })
  const work: DiskItem = {kind: 'work', path, bytes, ...about}
  if (temp === 0) return [work]
  // The folder may be used by a later run; its temp folder is the first run's alone.
  const own = (await readUses(path)).find(({taskId}) => taskId === about.taskId)
  const {status} = own ? await stateOfTask(own.stateFolder, processStart) : state
  return [{...about, kind: 'temp', path: tempPath, bytes: temp, status}, work]
}

type WorkFolderState = Pick<DiskItem, 'status' | 'lastUsed' | 'issue' | 'reusable'>

/**
 * A folder is as alive as the most alive of the runs that use it, or are about to.
 * @param awaited from `awaitedFolders`
 */
export async function stateOfWorkFolder(
  path: string,
  {awaited, processStart}: {awaited: readonly string[]; processStart: ProcessStart},
): Promise<WorkFolderState> {
  const mark = await readMark(path)
  if (!mark) return {status: 'unknown', lastUsed: (await mtime(path)) ?? 0}
  const state: WorkFolderState = {
    status: 'ended',
    lastUsed: 0,
    issue: mark.issue,
    reusable: mark.issue_id !== null && (await hasWork(path)),
  }
  for (const use of await readUses(path)) {
    const {status, since} = await stateOfTask(use.stateFolder, processStart)
    state.lastUsed = Math.max(state.lastUsed, use.since, since)
    if (status === 'live' || state.status === 'ended') state.status = status
  }
  // By the whole id anywhere in the path: links may lead to the same folder under other names.
  const isAwaited = awaited.some((prior) => prior.split(sep).includes(basename(path)))
  if (isAwaited && state.status === 'ended') state.status = 'unreported'
  return state
}

/** Agents work in `workdir`, or in a worktree of a folder of the user. */
const hasWork = async (path: string): Promise<boolean> =>
  (await isFolder(join(path, 'workdir'))) || (await isFolder(join(path, 'worktree')))

const isId = (name: string): boolean => parseUuid(name) === name

async function isFolder(path: string): Promise<boolean> {
  return lstat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  )
}
