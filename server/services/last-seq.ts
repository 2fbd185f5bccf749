import {QueryTypes, type Transaction} from 'sequelize'
import type {Database} from '../database.js'

/**
 * High-water marks (stream §1): the newest stored seq of each task, from the messages themselves.
 * Tasks without messages are missing from the result.
 */
export async function lastSeqs(
  db: Database,
  taskIds: readonly string[],
  tx?: Transaction,
): Promise<Map<string, number>> {
  if (taskIds.length === 0) return new Map()
  // One step at the end of the index per task, where a GROUP BY would read all the messages.
  const rows = await db.sequelize.query<{id: string; last_seq: number | null}>(
    `SELECT t.id, (SELECT MAX(m.seq) FROM task_message m WHERE m.task_id = t.id) AS last_seq
     FROM agent_task_queue t WHERE t.id IN (:taskIds)`,
    {replacements: {taskIds: [...taskIds]}, type: QueryTypes.SELECT, ...(tx && {transaction: tx})},
  )
  return new Map(rows.flatMap((row) => (row.last_seq === null ? [] : [[row.id, row.last_seq]])))
}

export async function lastSeq(db: Database, taskId: string, tx?: Transaction): Promise<number> {
  return (await lastSeqs(db, [taskId], tx)).get(taskId) ?? 0
}
