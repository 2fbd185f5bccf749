import sqlite3 from 'sqlite3'

/** Rows of `task_message`, written by one prepared statement that has a parameter for every column. */
export interface RawSqlite {
  insert(taskId: string, first: number, payloads: readonly string[]): Promise<void>
  rows<T>(sql: string, values: unknown[]): Promise<T[]>
  close(): Promise<void>
}

const COLUMNS = ['task_id', 'seq', 'given_seq', 'type', 'payload', 'live', 'created_at']

/**
 * Opens a file with the settings of the product.
 * @param batch rows of one insert
 */
export async function openRawSqlite(file: string, batch: number): Promise<RawSqlite> {
  const db = await new Promise<sqlite3.Database>((resolve, reject) => {
    const opened = new sqlite3.Database(file, (error) => (error ? reject(error) : resolve(opened)))
  })
  const rows = <T>(sql: string, values: unknown[] = []): Promise<T[]> =>
    new Promise((resolve, reject) => {
      db.all<T>(sql, values, (error, found) => (error ? reject(error) : resolve(found)))
    })
  await rows('PRAGMA journal_mode = WAL')
  await rows('PRAGMA synchronous = FULL')
  await rows('PRAGMA foreign_keys = ON')
  const row = `(${COLUMNS.map(() => '?').join(',')})`
  const statement = db.prepare(
    `INSERT INTO task_message (${COLUMNS.join(',')}) VALUES ${Array(batch).fill(row).join(',')}`,
  )
  return {
    rows,
    insert: (taskId, first, payloads) =>
      new Promise((resolve, reject) => {
        const now = new Date().toISOString()
        const values = payloads.flatMap((payload, index) => [
          taskId,
          first + index,
          null,
          'text',
          payload,
          null,
          now,
        ])
        statement.run(values, (error: Error | null) => (error ? reject(error) : resolve()))
      }),
    close: () =>
      new Promise((resolve, reject) => {
        statement.finalize()
        db.close((error) => (error ? reject(error) : resolve()))
      }),
  }
}

/** A file with the product's table and nothing that it would refer to. */
export async function createRawTable(file: string): Promise<void> {
  const raw = new sqlite3.Database(file)
  await new Promise<void>((resolve, reject) => {
    raw.exec(
      `CREATE TABLE task_message (
        task_id CHAR(36) NOT NULL, seq INTEGER NOT NULL, given_seq INTEGER, type TEXT NOT NULL,
        payload TEXT NOT NULL, live TEXT, created_at DATETIME NOT NULL,
        PRIMARY KEY (task_id, seq)) WITHOUT ROWID`,
      (error) => (error ? reject(error) : resolve()),
    )
  })
  await new Promise<void>((resolve) => raw.close(() => resolve()))
}
