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
  // In this order: what is marked and alive stands in the table, with what it has started since.
  const marked = root.taskId ? await findByEnvironment(TASK_VARIABLE, root.taskId) : []
  const table = await listProcesses()
  const own = new Set<number>(marked)
  const holder = table.find((entry) => entry.pid === root.pid)
  const isReused = holder && root.start !== undefined && holder.start !== root.start
  // A pid is not given away while a group bears it, so a group whose leader has died is still ours.
  if (!isReused) {
    if (holder) own.add(root.pid)
    for (const entry of table) if (entry.group === root.pid) own.add(entry.pid)
  }
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
