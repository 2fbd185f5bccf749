import type {Sequelize} from 'sequelize'
import type {Database as SqliteDatabase, Statement as SqliteStatement} from 'sqlite3'
import type {Log} from '../src/log.js'
import type {SturdyClient} from './postgres-client.js'

/** A statement that the server runs again and again, past the layers of Sequelize (performance §2). */
export interface HotStatement {
  /** @param values of `$1`, `$2` … in order */
  run<Row>(values: readonly unknown[]): Promise<Row[]>
}

export interface HotStatements {
  prepare(sql: string): HotStatement
  /** Before the database is closed. */
  close(): Promise<void>
}

/**
 * Statements outside of transactions. What they throw is the driver's error.
 * @param limitMs how long they wait for an answer of Postgres
 */
export function createHotStatements(
  sequelize: Sequelize,
  log: Log,
  limitMs: number,
): HotStatements {
  const tell: Tell = (sql) => log.trace({sql}, 'sql')
  return sequelize.getDialect() === 'sqlite'
    ? onSqlite(sequelize, tell)
    : onPostgres(sequelize, tell, limitMs)
}

type Tell = (sql: string) => void

/** SQLite parses each statement once. */
function onSqlite(sequelize: Sequelize, tell: Tell): HotStatements {
  const prepared: Promise<SqliteStatement>[] = []
  return {
    prepare(sql) {
      let statement: Promise<SqliteStatement> | undefined
      return {
        async run<Row>(values: readonly unknown[]) {
          if (!statement) {
            statement = prepareSqlite(sequelize, sql)
            prepared.push(statement)
          }
          const ready = await statement
          tell(sql)
          // SQLite numbers parameters as they come in the text, whatever number stands in their name.
          const named = Object.fromEntries(values.map((value, index) => [`$${index + 1}`, value]))
          return new Promise<Row[]>((resolve, reject) => {
            ready.all<Row>(named, (error, rows) => {
              if (!error) return resolve(rows)
              // What found the database locked stays open, and with it what the connection sees of the
              // database: later reads would see nothing that is newer, and later writes would fail.
              ready.reset(() => reject(error))
            })
          })
        },
      }
    },
    async close() {
      for (const statement of prepared.splice(0)) {
        const ready = await statement.catch(() => undefined)
        if (ready) await new Promise<void>((resolve) => ready.finalize(() => resolve()))
      }
    },
  }
}

/** All statements outside of transactions share one connection (libraries §5.3). */
async function prepareSqlite(sequelize: Sequelize, sql: string): Promise<SqliteStatement> {
  const connection = await sequelize.connectionManager.getConnection({type: 'write'})
  return new Promise((resolve, reject) => {
    const statement = (connection as SqliteDatabase).prepare(sql, (error: Error | null) =>
      error ? reject(error) : resolve(statement),
    )
  })
}

/** Without a name: what is prepared on one connection is unknown on the next behind a pooler. */
function onPostgres(sequelize: Sequelize, tell: Tell, limitMs: number): HotStatements {
  const {connectionManager} = sequelize
  return {
    prepare: (text) => ({
      async run<Row>(values: readonly unknown[]) {
        tell(text)
        const connection = await connectionManager.getConnection({type: 'write'})
        try {
          const client = connection as SturdyClient
          const {rows} = await client.within(limitMs, () =>
            client.query({text, values: [...values]}),
          )
          return rows as Row[]
        } finally {
          connectionManager.releaseConnection(connection)
        }
      },
    }),
    async close() {},
  }
}
