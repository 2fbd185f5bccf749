import {chmod, mkdir} from 'node:fs/promises'
import {dirname} from 'node:path'
import {Sequelize, Transaction} from 'sequelize'
import {AppError} from '../src/errors.js'
import type {Log} from '../src/log.js'
import {allowShrinking} from './free-space.js'
import {createHotStatements, type HotStatement} from './hot-statements.js'
import {migrate} from './migrations/migrate.js'
import {initModels, type Models} from './models/index.js'
import {postgresDriver, type StatementLimit, type SturdyClient} from './postgres-client.js'
import {createSerialQueue} from './serial-queue.js'
import {withStartLock} from './start-lock.js'

export type Dialect = 'sqlite' | 'postgres'

export interface DatabaseConfig {
  /** `postgres://…`, or `sqlite:/path/to/file`. */
  url: string
  log: Log
  /** Connections of the Postgres pool. */
  poolSize?: number
  /** How long statements may take on Postgres. */
  limits?: StatementLimits
}

export interface StatementLimits {
  /** On the hot paths, whose statements are short and in whose way everybody stands. */
  hotMs: number
  /** Of all others, except for migrations: deleting a large issue is one statement. */
  otherMs: number
}

/** Short whatever the transaction holds, and outside of the work that has a limit of its own. */
const BOUNDARY = /^(BEGIN|START TRANSACTION|COMMIT|ROLLBACK)\b/i

const LIMITS: StatementLimits = {hotMs: 30_000, otherMs: 300_000}

export interface Database {
  sequelize: Sequelize
  dialect: Dialect
  models: Models
  /**
   * Runs several statements as one transaction; pass `tx` to every one of them. On SQLite
   * transactions and writes wait for each other in one queue, because concurrent ones starve the
   * thread pool (libraries §5.3). A clash with another process or transaction is tried again.
   * @throws AppError `unavailable` when the database cannot be reached or stays locked
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  /** The same for a transaction on which others wait: its statements have the limit of the hot paths. */
  hotTransaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  /** Runs one writing statement outside of a transaction, in the same queue. */
  write<T>(work: () => Promise<T>): Promise<T>
  /** Writes and transactions that this server has begun: the same number means that nothing has changed here. */
  readonly writes: number
  /** For the few statements of the hot paths, outside of transactions. */
  prepare(sql: string): HotStatement
  close(): Promise<void>
}

const RETRIES = 5

/**
 * Opens the database, brings its schema up to date and returns it.
 * @throws AppError when it is locked, cannot be reached, or was made by a newer version
 */
export async function openDatabase(config: DatabaseConfig): Promise<Database> {
  const dialect: Dialect = config.url.startsWith('sqlite:') ? 'sqlite' : 'postgres'
  const limits = config.limits ?? LIMITS
  let isOpen = false
  const limitOf = (sql: string) => (BOUNDARY.test(sql) ? limits.hotMs : limits.otherMs)
  const sequelize = await connect(config, dialect, (sql) => (isOpen ? limitOf(sql) : undefined))
  try {
    await sequelize.authenticate()
    if (dialect === 'sqlite') await tuneSqlite(sequelize, storageOf(config.url))
    await withStartLock(sequelize, () => migrate(sequelize))
  } catch (error) {
    await sequelize.close()
    throw asAppError(error, config.url)
  }
  isOpen = true
  const queue = createSerialQueue()
  const statements = createHotStatements(sequelize, config.log, limits.hotMs)
  let writes = 0
  const write = <T>(work: () => Promise<T>): Promise<T> => {
    writes++
    return withRetries(() => (dialect === 'sqlite' ? queue.run(work) : work()))
  }
  const transaction = <T>(work: (tx: Transaction) => Promise<T>): Promise<T> =>
    write(() =>
      dialect === 'sqlite'
        ? sequelize.transaction({type: Transaction.TYPES.IMMEDIATE}, work)
        : sequelize.transaction(work),
    )
  return {
    sequelize,
    dialect,
    models: initModels(sequelize),
    write,
    get writes() {
      return writes
    },
    transaction,
    hotTransaction: (work) =>
      dialect === 'sqlite'
        ? transaction(work)
        : transaction((tx) => clientOf(tx).within(limits.hotMs, () => work(tx))),
    prepare: statements.prepare,
    async close() {
      await statements.close()
      await sequelize.close()
    },
  }
}

/** Sequelize's types do not tell of it. */
const clientOf = (tx: Transaction): SturdyClient =>
  (tx as unknown as {connection: SturdyClient}).connection

async function connect(
  config: DatabaseConfig,
  dialect: Dialect,
  limit: StatementLimit,
): Promise<Sequelize> {
  const logging = config.log.isLevelEnabled('trace')
    ? (sql: string) => config.log.trace({sql}, 'sql')
    : false
  if (dialect === 'postgres') {
    return new Sequelize(config.url, {
      dialect,
      dialectModule: postgresDriver(limit),
      logging,
      pool: {max: config.poolSize ?? 25, acquire: 10_000},
      dialectOptions: {application_name: 'multica', connectionTimeoutMillis: 10_000},
    })
  }
  const storage = storageOf(config.url)
  await mkdir(dirname(storage), {recursive: true, mode: 0o700})
  return new Sequelize({dialect, storage, logging})
}

/** WAL, so that readers and the writer do not wait for each other; FULL, so that 200 means durable (stream §6.7). */
async function tuneSqlite(sequelize: Sequelize, storage: string): Promise<void> {
  await allowShrinking(sequelize)
  await sequelize.query('PRAGMA journal_mode = WAL')
  await sequelize.query('PRAGMA synchronous = FULL')
  await chmod(storage, 0o600)
}

const storageOf = (url: string): string => url.slice('sqlite:'.length)

async function withRetries<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (!isClash(error)) throw isUnreachable(error) ? unavailable(error) : error
      if (tries >= RETRIES) throw unavailable(error)
      const delayMs = 20 * 2 ** tries * (0.5 + Math.random())
      await new Promise((resolve) => setTimeout(resolve, delayMs))
    }
  }
}

/** The driver's code, of its own error or of one that Sequelize has wrapped. */
function codeOf(error: unknown): string {
  const {parent, code} = error as {parent?: {code?: unknown}; code?: unknown}
  return String(parent?.code ?? code ?? '')
}

/** SQLite: another process holds the lock. Postgres: deadlock or serialisation failure. */
function isClash(error: unknown): boolean {
  return ['SQLITE_BUSY', '40P01', '40001'].includes(codeOf(error))
}

function isUnreachable(error: unknown): boolean {
  const name = (error as Error)?.name ?? ''
  return name.startsWith('SequelizeConnection') || /^(57P0|08)/.test(codeOf(error))
}

const unavailable = (cause: unknown) =>
  new AppError('unavailable', 'the database is locked or cannot be reached; try again', {cause})

function asAppError(error: unknown, url: string): Error {
  if (error instanceof AppError) return error
  const where = url.replace(/:\/\/[^@/]*@/, '://')
  const code = codeOf(error)
  if (code === 'SQLITE_BUSY') {
    return new AppError(
      'unavailable',
      `the database ${where} is locked by another process; stop that process, or choose another --data-dir`,
      {cause: error},
    )
  }
  if (code === 'SQLITE_NOTADB' || code === 'SQLITE_CORRUPT') {
    return new AppError('unavailable', `${where} is not a readable SQLite database`, {cause: error})
  }
  return new AppError(
    'unavailable',
    `cannot open the database ${where}: ${(error as Error).message || (error as Error).name}`,
    {cause: error},
  )
}
