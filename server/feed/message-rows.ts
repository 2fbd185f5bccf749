import {QueryTypes} from 'sequelize'
import type {Database} from '../database.js'
import type {MessageRow} from './message-frames.js'

/** Rows after a cursor, in order. */
export function readRows(
  db: Database,
  taskId: string,
  after: number,
  limit: number,
): Promise<MessageRow[]> {
  return db.sequelize.query<MessageRow>(
    'SELECT seq, payload, live FROM task_message WHERE task_id = :taskId AND seq > :after ORDER BY seq LIMIT :limit',
    {replacements: {taskId, after, limit}, type: QueryTypes.SELECT},
  )
}
