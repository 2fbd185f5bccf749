import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {parseUuid} from '../ids.js'
import {listAncestors} from '../process-tree/process-table.js'
import {type TaskFolder, taskFolder} from './task-folder.js'
import type {WorkerRecord} from './task-spec.js'

/**
 * The task whose run has started this process, directly or not: the worker or the agent is above it.
 * Undefined for what people start, and for what has left the tree of its run.
 * @param stateDirs the state folders of the daemons of this user
 */
export function runAbove(stateDirs: readonly string[]): string | undefined {
  const records = stateDirs.flatMap(unfinished).flatMap(readRecord)
  if (records.length === 0) return undefined
  const above = listAncestors()
  const isAbove = (wanted?: number, since?: string) =>
    above.some(({pid, start}) => pid === wanted && start === since)
  return records.find(
    ({worker}) =>
      isAbove(worker.pid, worker.pid_start) || isAbove(worker.agent_pid, worker.agent_pid_start),
  )?.taskId
}

function unfinished(stateDir: string): {taskId: string; folder: TaskFolder}[] {
  return namesIn(join(stateDir, 'tasks'))
    .filter((name) => parseUuid(name) === name)
    .map((taskId) => ({taskId, folder: taskFolder(stateDir, taskId)}))
    .filter(({folder}) => !existsSync(folder.done))
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function readRecord({taskId, folder}: {taskId: string; folder: TaskFolder}) {
  try {
    const worker: unknown = JSON.parse(readFileSync(folder.worker, 'utf8'))
    return worker ? [{taskId, worker: worker as Partial<WorkerRecord>}] : []
  } catch {
    return []
  }
}
