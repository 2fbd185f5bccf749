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
  const rows = await db.sequelize.query<{task_id: string; last_seq: number}>(
    'SELECT task_id, MAX(seq) AS last_seq FROM task_message WHERE task_id IN (:taskIds) GROUP BY task_id',
    {replacements: {taskIds}, type: QueryTypes.SELECT, ...(tx && {transaction: tx})},
  )
  return new Map(rows.map((row) => [row.task_id, row.last_seq]))
}

export async function lastSeq(db: Database, taskId: string, tx?: Transaction): Promise<number> {
  return (await lastSeqs(db, [taskId], tx)).get(taskId) ?? 0
}
