import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {parseUuid} from '../../ids.js'
import {type DiskItem, TRASH} from './disk-item.js'
import type {ScanContext} from './inventory.js'
import {mtime, stateOfTask} from './task-state.js'

/** A state file that was being written when its process died. */
const DRAFT = /^state\.json\.(new|\d+\.tmp)$/
const ASIDE = /^([0-9a-f-]{36})\.\d+$/

/** The state folder: a folder for each task, and a few files that are nobody's. */
export async function scanStateDir({
  places: {stateDir},
  measure,
  processStart,
}: ScanContext): Promise<DiskItem[]> {
  const tasks = join(stateDir, 'tasks')
  const items = [await folderItself(stateDir, measure.entry(stateDir))]
  for (const name of await readdir(stateDir).catch(() => [])) {
    const path = join(stateDir, name)
    if (DRAFT.test(name)) items.push(await leftover(path, measure))
    else if (name !== 'tasks') items.push(await other(path, measure))
  }
  items.push(await folderItself(tasks, measure.entry(tasks)))
  for (const name of await readdir(tasks).catch(() => [])) {
    const path = join(tasks, name)
    const taskId = ASIDE.exec(name)?.[1] ?? name
    if (parseUuid(taskId) !== taskId) {
      items.push(TRASH.test(name) ? await leftover(path, measure) : await other(path, measure))
      continue
    }
    const {status, since, spec} = await stateOfTask(path, processStart)
    items.push({
      kind: 'journal',
      path,
      bytes: await measure.tree(path),
      status,
      lastUsed: since,
      taskId,
      ...(spec && {workspaceId: spec.task.workspace_id, issue: spec.task.issue_identifier}),
    })
  }
  return items
}

type Measure = ScanContext['measure']

/** A folder whose content is told in items of its own. */
export async function folderItself(path: string, bytes: Promise<number>): Promise<DiskItem> {
  return {kind: 'other', path, bytes: await bytes, status: 'unknown', lastUsed: 0}
}

/** Not ours, or not to be removed: counted and left alone. */
export async function other(path: string, measure: Measure): Promise<DiskItem> {
  const lastUsed = (await mtime(path)) ?? 0
  return {kind: 'other', path, bytes: await measure.tree(path), status: 'unknown', lastUsed}
}

/** What a deletion or a clone has left behind that was cut short. */
export async function leftover(path: string, measure: Measure): Promise<DiskItem> {
  const item = await other(path, measure)
  return {...item, kind: 'leftover', status: 'ended'}
}
