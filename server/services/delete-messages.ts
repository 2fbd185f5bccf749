import {QueryTypes} from 'sequelize'
import type {Database} from '../database.js'

const FIRST_ROWS = 200
const MIN_ROWS = 10
const MAX_ROWS = 4000
/** A statement that takes longer keeps the other writers waiting. */
const SLOW_MS = 30
const FAST_MS = 10

/**
 * Deletes a transcript from its beginning, in portions that grow and shrink with the time they take:
 * a row may have a few bytes or two mebibytes, and on SQLite everybody waits for the one writer.
 */
export async function deleteMessages(
  db: Database,
  taskId: string,
  signal?: AbortSignal,
): Promise<void> {
  for (let rows = FIRST_ROWS; ; ) {
    signal?.throwIfAborted()
    const [newest] = await db.sequelize.query<{seq: number | null}>(
      `SELECT MAX(seq) AS seq FROM
        (SELECT seq FROM task_message WHERE task_id = :taskId ORDER BY seq LIMIT :rows) page`,
      {replacements: {taskId, rows}, type: QueryTypes.SELECT},
    )
    const upTo = newest?.seq
    if (!upTo) return
    const took = await db.write(async () => {
      const begun = performance.now()
      await db.sequelize.query(
        'DELETE FROM task_message WHERE task_id = :taskId AND seq <= :upTo',
        {
          replacements: {taskId, upTo},
        },
      )
      return performance.now() - begun
    })
    if (took > SLOW_MS) rows = Math.max(MIN_ROWS, Math.floor(rows / 2))
    else if (took < FAST_MS) rows = Math.min(MAX_ROWS, rows * 2)
  }
}
