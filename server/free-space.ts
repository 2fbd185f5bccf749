import {QueryTypes, type Sequelize} from 'sequelize'
import type {Database} from './database.js'

/** Pages that are given back in one statement, so that nobody waits long for the writer. */
const PAGES = 500
/** A file that cannot shrink is rewritten once, at a start, if that takes seconds and not minutes. */
const MAX_REWRITE_BYTES = 256 * 1024 * 1024
const INCREMENTAL = 2

/**
 * Lets an SQLite file give freed pages back (fault H-11). A new file does so from the beginning; one
 * that has no room for it is rewritten when it is small. Call it before the first table is made.
 */
export async function allowShrinking(sequelize: Sequelize): Promise<void> {
  await sequelize.query('PRAGMA auto_vacuum = INCREMENTAL')
  const pages = await pragma(sequelize, 'page_count')
  if (pages === 0 || (await pragma(sequelize, 'auto_vacuum')) === INCREMENTAL) return
  if (pages * (await pragma(sequelize, 'page_size')) > MAX_REWRITE_BYTES) return
  // A full disk, or another process at work: it stays as it is, and pruning tells so.
  await sequelize.query('VACUUM').catch(() => undefined)
}

/**
 * Returns the freed pages of SQLite to the system; Postgres uses them again by itself.
 * @returns what the owner should know when that is not possible
 */
export async function giveBack(db: Database, signal?: AbortSignal): Promise<string | undefined> {
  if (db.dialect !== 'sqlite') return undefined
  const {sequelize} = db
  let free = await pragma(sequelize, 'freelist_count')
  if (free === 0) return undefined
  if ((await pragma(sequelize, 'auto_vacuum')) !== INCREMENTAL) {
    const bytes = free * (await pragma(sequelize, 'page_size'))
    return `the database file keeps ${Math.ceil(bytes / 1e6)} MB of freed space for new rows; to make it smaller, stop the server and run: sqlite3 <file> "PRAGMA auto_vacuum = INCREMENTAL; VACUUM"`
  }
  for (let before = Number.POSITIVE_INFINITY; free > 0 && free < before; ) {
    if (signal?.aborted) return undefined
    before = free
    await db.write(() => sequelize.query(`PRAGMA incremental_vacuum(${PAGES})`))
    free = await pragma(sequelize, 'freelist_count')
  }
  // The file itself is cut only when what the log holds is written into it.
  await db.write(() => sequelize.query('PRAGMA wal_checkpoint(TRUNCATE)'))
  return undefined
}

async function pragma(sequelize: Sequelize, name: string): Promise<number> {
  const [row] = await sequelize.query<Record<string, number>>(`PRAGMA ${name}`, {
    type: QueryTypes.SELECT,
  })
  return row?.[name] ?? 0
}
