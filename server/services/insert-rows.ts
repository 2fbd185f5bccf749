import type {Transaction} from 'sequelize'
import type {Database} from '../database.js'
import type {PreparedMessage} from './prepare-messages.js'

export interface NewRow extends PreparedMessage {
  taskId: string
  /** The number that an original daemon gave; null for our workers. */
  givenSeq: number | null
}

/** Stores messages of any number of tasks with one statement that has one parameter (performance §2). */
export type InsertRows = (rows: readonly NewRow[], tx?: Transaction) => Promise<void>

const COLUMNS = 'task_id, seq, given_seq, type, payload, live, created_at'

const SQLITE = `INSERT INTO task_message (${COLUMNS})
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, $2
  FROM json_each($1)`

/**
 * The beginning of an insert on Postgres: `$1` are the rows as objects, which it parses once where it
 * would parse a list anew for each of its columns; `$2` is the time.
 */
export const POSTGRES_INSERT = `INSERT INTO task_message (${COLUMNS})
  SELECT new.task_id, new.seq, new.given_seq, new.type, new.payload, new.live, $2::timestamptz
  FROM json_to_recordset($1::json)
    AS new (task_id uuid, seq int, given_seq int, type text, payload text, live text)`

export function createInsertRows(db: Database): InsertRows {
  if (db.dialect === 'sqlite') {
    const statement = db.prepare(SQLITE)
    return async (rows) => void (await statement.run([rowsAsLists(rows), sqliteTime(new Date())]))
  }
  return async (rows, tx) => {
    // A worker sends the same messages by any server; a number that the server gave twice is a fault.
    const same = rows.every(({givenSeq}) => givenSeq === null) ? 'ON CONFLICT DO NOTHING' : ''
    await db.sequelize.query(`${POSTGRES_INSERT} ${same}`, {
      bind: [rowsAsObjects(rows), new Date().toISOString()],
      ...(tx && {transaction: tx}),
    })
  }
}

const rowsAsLists = (rows: readonly NewRow[]): string =>
  JSON.stringify(
    rows.map((row) => [row.taskId, row.seq, row.givenSeq, row.type, row.payload, row.live]),
  )

export const rowsAsObjects = (rows: readonly NewRow[]): string =>
  JSON.stringify(
    rows.map(({taskId, givenSeq, seq, type, payload, live}) => ({
      task_id: taskId,
      seq,
      given_seq: givenSeq,
      type,
      payload,
      live,
    })),
  )

/** As Sequelize writes times. */
function sqliteTime(now: Date): string {
  const text = now.toISOString()
  return `${text.slice(0, 10)} ${text.slice(11, 23)} +00:00`
}
