import {execFile} from 'node:child_process'
import {chown} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {promisify} from 'node:util'
import pg from 'pg'
import sqlite3 from 'sqlite3'
import {startPostgres} from '../support/test-database.js'
import {type FaultyProxy, startFaultyProxy} from './faulty-proxy.js'
import {mountSmallDisk, type SmallDisk} from './small-disk.js'

/** The database of a run, and what can be done to it. */
export interface ChaosDatabase {
  kind: 'sqlite' | 'postgres'
  /** Undefined where the machine allows no disk of our own. */
  disk: SmallDisk | undefined
  /** Flags of one more server, and the network over which that server talks to it. */
  reach(): Promise<{args: string[]; network?: FaultyProxy}>
  /** Ends every connection, as a fail-over does. Postgres only. */
  cutConnections(): Promise<void>
  restart(): Promise<void>
  /** Another process holds it for a while. SQLite only. */
  lockFor(ms: number): Promise<void>
  /** How many rows of any table hold one of these texts. The servers must be stopped. */
  countRowsWith(texts: readonly string[]): Promise<number>
  stop(): Promise<void>
}

export async function openSqlite(home: string): Promise<ChaosDatabase> {
  const folder = join(home, 'server')
  const file = join(folder, 'multica.db')
  const disk = await mountSmallDisk(folder)
  return {
    kind: 'sqlite',
    disk,
    reach: async () => ({args: ['--data-dir', folder]}),
    cutConnections: async () => {},
    restart: async () => {},
    lockFor: (ms) => lockFile(file, ms),
    async countRowsWith(texts) {
      const tables = await query(file, "SELECT name FROM sqlite_master WHERE type = 'table'")
      let count = 0
      for (const {name} of tables as {name: string}[]) {
        const columns = (await query(file, `PRAGMA table_info("${name}")`)) as {name: string}[]
        const where = columns.flatMap((column) =>
          texts.map((text) => `instr(CAST("${column.name}" AS TEXT), '${text}') > 0`),
        )
        const [row] = await query(
          file,
          `SELECT COUNT(*) AS count FROM "${name}" WHERE ${where.join(' OR ')}`,
        )
        count += Number((row as {count: number}).count)
      }
      return count
    },
    stop: async () => {},
  }
}

async function lockFile(file: string, ms: number): Promise<void> {
  const db = new sqlite3.Database(file)
  const exec = (sql: string) =>
    new Promise<boolean>((resolve) => {
      db.exec(sql, (error) => resolve(!error))
    })
  if (await exec('BEGIN IMMEDIATE')) {
    await sleep(ms)
    await exec('ROLLBACK')
  }
  await new Promise((resolve) => db.close(resolve))
}

function query(file: string, sql: string): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const db = new sqlite3.Database(file, sqlite3.OPEN_READONLY)
    db.all(sql, (error, rows) => {
      db.close(() => (error ? reject(error) : resolve(rows)))
    })
  })
}

const NAME = 'chaos'

/** A Postgres of its own; its tables lie on a small disk, so that the disk can be full. */
export async function openPostgres(home: string): Promise<ChaosDatabase> {
  const cluster = await startPostgres()
  const {url: any} = await cluster.newDatabase()
  const disk = await mountSmallDisk(join(home, 'tables'))
  if (disk) await giveToPostgres(disk.path)
  await withClient(any, async (client) => {
    if (disk) await client.query(`CREATE TABLESPACE small LOCATION '${disk.path}'`)
    await client.query(`CREATE DATABASE ${NAME}${disk ? ' TABLESPACE small' : ''}`)
  })
  const url = new URL(any)
  url.pathname = `/${NAME}`
  const direct = url.href
  return {
    kind: 'postgres',
    disk,
    async reach() {
      const network = await startFaultyProxy([Number(url.port)])
      const through = new URL(direct)
      through.port = new URL(network.url).port
      return {args: ['--database-url', through.href], network}
    },
    cutConnections: () => withClient(direct, endConnections).catch(() => {}),
    restart: () => cluster.restart(),
    lockFor: async () => {},
    countRowsWith: (texts) => withClient(direct, (client) => countRows(client, texts)),
    stop: () => cluster.stop(),
  }
}

async function endConnections(client: pg.Client): Promise<void> {
  await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE pid <> pg_backend_pid() AND datname = current_database()`,
  )
}

async function countRows(client: pg.Client, texts: readonly string[]): Promise<number> {
  const {rows} = await client.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
  let count = 0
  for (const {tablename} of rows) {
    const found = await client.query(
      `SELECT COUNT(*)::int AS count FROM "${tablename}" AS one
       WHERE ${texts.map((text) => `position('${text}' in one::text) > 0`).join(' OR ')}`,
    )
    count += found.rows[0].count
  }
  return count
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({connectionString: url})
  client.on('error', () => {})
  try {
    await client.connect()
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}

/** Postgres runs as a user of its own where we are root (test-database.ts). */
async function giveToPostgres(path: string): Promise<void> {
  const id = async (flag: string) =>
    Number((await promisify(execFile)('id', [flag, 'postgres'])).stdout)
  await chown(path, await id('-u'), await id('-g'))
}
