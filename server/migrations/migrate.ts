import {QueryTypes, type Sequelize, type Transaction, UniqueConstraintError} from 'sequelize'
import {Umzug} from 'umzug'
import {AppError} from '../../src/errors.js'
import {initial} from './0001-initial.js'
import {freshSession} from './0003-fresh-session.js'
import {rateLimit} from './0004-rate-limit.js'
import {retention} from './0005-retention.js'
import {peopleInTheLoop} from './0006-people-in-the-loop.js'
import {changesAndUsage} from './0007-changes-and-usage.js'
import {pingsAndDirectories} from './0008-pings-and-directories.js'
import {pruning} from './0010-pruning.js'
import {givenUp} from './0011-given-up.js'

/** A step of the schema. Never edited after a release; new ones are appended. */
export interface Migration {
  name: string
  up(sequelize: Sequelize, tx: Transaction): Promise<void>
}

const MIGRATIONS: readonly Migration[] = [
  initial,
  freshSession,
  rateLimit,
  retention,
  peopleInTheLoop,
  changesAndUsage,
  pingsAndDirectories,
  pruning,
  givenUp,
]

/**
 * Brings the schema up to date. Each migration and its record are one transaction; two servers that
 * start together both succeed.
 * @throws AppError `unavailable` for a database that a newer version has made
 */
export async function migrate(
  sequelize: Sequelize,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  await sequelize.query(
    'CREATE TABLE IF NOT EXISTS schema_migrations (name VARCHAR(255) PRIMARY KEY, applied_at VARCHAR(40) NOT NULL)',
  )
  await refuseNewer(sequelize, migrations)
  const umzug = new Umzug({
    migrations: migrations.map((migration) => ({
      name: migration.name,
      up: () => apply(sequelize, migration),
    })),
    // The record is written inside the migration's own transaction, by `apply`.
    storage: {
      executed: () => appliedNames(sequelize),
      logMigration: async () => {},
      unlogMigration: async () => {},
    },
    logger: undefined,
  })
  await umzug.up()
}

async function apply(sequelize: Sequelize, migration: Migration): Promise<void> {
  try {
    await sequelize.transaction(async (tx) => {
      await sequelize.query(
        'INSERT INTO schema_migrations (name, applied_at) VALUES (:name, :now)',
        {
          replacements: {name: migration.name, now: new Date().toISOString()},
          transaction: tx,
        },
      )
      await migration.up(sequelize, tx)
    })
  } catch (error) {
    // Another server has applied it in the meantime.
    if (error instanceof UniqueConstraintError) return
    throw error
  }
}

async function appliedNames(sequelize: Sequelize): Promise<string[]> {
  const rows = await sequelize.query<{name: string}>(
    'SELECT name FROM schema_migrations ORDER BY name',
    {type: QueryTypes.SELECT},
  )
  return rows.map((row) => row.name)
}

async function refuseNewer(sequelize: Sequelize, migrations: readonly Migration[]): Promise<void> {
  const known = new Set(migrations.map((migration) => migration.name))
  const unknown = (await appliedNames(sequelize)).filter((name) => !known.has(name))
  if (unknown.length === 0) return
  throw new AppError(
    'unavailable',
    `the database was made by a newer version of multica (it has migration ${unknown[0]}); update multica, or choose another --data-dir or --database-url`,
  )
}
