import pg from 'pg'

/** Rows of `task_message`, written by one named statement that has a parameter for every column. */
export interface RawPostgres {
  insert(taskId: string, first: number, payloads: readonly string[]): Promise<void>
  close(): Promise<void>
}

const COLUMNS = ['task_id', 'seq', 'given_seq', 'type', 'payload', 'live', 'created_at']

/**
 * @param batch rows of one insert
 * @param connections that write at once
 */
export function openRawPostgres(url: string, batch: number, connections: number): RawPostgres {
  const pool = new pg.Pool({connectionString: url, max: connections})
  const rows = Array.from({length: batch}, (_, row) => {
    const places = COLUMNS.map((_column, column) => `$${row * COLUMNS.length + column + 1}`)
    return `(${places.join(',')})`
  })
  const text = `INSERT INTO task_message (${COLUMNS.join(',')}) VALUES ${rows.join(',')}`
  return {
    async insert(taskId, first, payloads) {
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
      await pool.query({name: 'insert', text, values})
    },
    close: () => pool.end(),
  }
}
