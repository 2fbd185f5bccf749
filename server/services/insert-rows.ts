import type {Transaction} from 'sequelize'
import type {Database} from '../database.js'
import type {PreparedMessage} from './prepare-messages.js'

export interface NewRow extends PreparedMessage {
  taskId: string
  /** The number that an original daemon gave; null for our workers. */
  givenSeq: number | null
}

const COLUMNS = 'task_id, seq, given_seq, type, payload, live, created_at'

const SQLITE = `INSERT INTO task_message (${COLUMNS})
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, $2
  FROM json_each($1)`

const POSTGRES = `INSERT INTO task_message (${COLUMNS})
  SELECT (value ->> 0)::uuid, (value ->> 1)::int, (value ->> 2)::int, value ->> 3, value ->> 4,
    value ->> 5, $2::timestamptz
  FROM json_array_elements($1::json) AS value
  ON CONFLICT DO NOTHING`

/** Stores messages of any number of tasks with one statement that has one parameter (performance §2). */
export async function insertRows(
  db: Database,
  rows: readonly NewRow[],
  tx?: Transaction,
): Promise<void> {
  const values = rows.map((row) => [
    row.taskId,
    row.seq,
    row.givenSeq,
    row.type,
    row.payload,
    row.live,
  ])
  const now = new Date().toISOString()
  const time = db.dialect === 'sqlite' ? `${now.slice(0, 10)} ${now.slice(11, 23)} +00:00` : now
  await db.sequelize.query(db.dialect === 'sqlite' ? SQLITE : POSTGRES, {
    bind: [JSON.stringify(values), time],
    ...(tx && {transaction: tx}),
  })
}
