import {findByEnvironment, listProcesses, type ProcessInfo} from './process-table.js'

/** Every process that runs for a task carries this variable. */
export const TASK_VARIABLE = 'MULTICA_TASK_ID'

export interface TreeRoot {
  pid: number
  /** Start time of the root: without a match the pid belongs to somebody else by now. */
  start?: string | undefined
  /** Also finds what has left the tree, by its environment. */
  taskId?: string | undefined
}

/**
 * All living processes of an agent: its children and theirs, its group, and whatever carries the
 * task's id in its environment. Agents start their tools with setsid, so neither the group nor the
 * parents alone are enough (design §4.7).
 */
export async function findTree(root: TreeRoot): Promise<ProcessInfo[]> {
  const [table, marked] = await Promise.all([
    listProcesses(),
    root.taskId ? findByEnvironment(TASK_VARIABLE, root.taskId) : [],
  ])
  const own = new Set<number>(marked)
  const isRoot = (entry: ProcessInfo) =>
    entry.pid === root.pid && (root.start === undefined || entry.start === root.start)
  if (table.some(isRoot)) own.add(root.pid)
  for (const entry of table) if (entry.group === root.pid) own.add(entry.pid)
  for (let found = true; found; ) {
    found = false
    for (const entry of table) {
      if (own.has(entry.pid) || !own.has(entry.parent)) continue
      own.add(entry.pid)
      found = true
    }
  }
  own.delete(process.pid)
  return table.filter((entry) => own.has(entry.pid))
}

/** What still runs for a task whose worker has died. */
export async function findOrphans(taskId: string): Promise<ProcessInfo[]> {
  return findTree({pid: -1, taskId})
}
