import type {Sequelize} from 'sequelize'

/** Any number will do, as long as all servers take the same one. */
const KEY = 7_265_412_020

/**
 * Lets one server at a time of a Postgres do what only the first start does: make the schema and the
 * owner. SQLite has one server, which holds a lock on its file.
 */
export async function withStartLock<T>(sequelize: Sequelize, work: () => Promise<T>): Promise<T> {
  if (sequelize.getDialect() !== 'postgres') return work()
  // The transaction does nothing but hold the lock, which ends with it however it ends.
  return sequelize.transaction(async (transaction) => {
    await sequelize.query('SELECT pg_advisory_xact_lock(:key)', {
      replacements: {key: KEY},
      transaction,
    })
    return work()
  })
}
