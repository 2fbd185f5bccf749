import pg from 'pg'

/** Longest that a statement waits for its answer, in milliseconds; undefined: for ever. */
export type StatementLimit = (sql: string) => number | undefined

/** A connection that carries nothing is asked so often whether the other end is still there. */
const KEEP_ALIVE_MS = 10_000
/** A farewell that nobody answers. */
const END_LIMIT_MS = 2000

/**
 * A client whose connection may end at any moment, or go silent. An error of a client to which nobody
 * listens ends the whole process, and the pool begins to listen only some time after the connection has
 * been made. A host that vanishes says nothing at all: a statement that gets no answer in time ends its
 * connection, whose state nobody knows.
 */
export class SturdyClient extends pg.Client {
  #limit: StatementLimit
  #ownLimitMs: number | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(config: pg.ClientConfig, limit: StatementLimit) {
    super({...config, keepAlive: true, keepAliveInitialDelayMillis: KEEP_ALIVE_MS})
    this.#limit = limit
    // By this mark the pool of Sequelize knows a connection that is not to be handed out any more.
    this.on('error', () => Object.assign(this, {_invalid: true}))
    const settled = () => clearTimeout(this.#timer)
    this.on('drain', settled)
    this.on('end', settled)
    // Both have several shapes, which all stay as they are.
    const query = this.query.bind(this) as (...call: unknown[]) => unknown
    this.query = ((...call: unknown[]) => {
      this.#cutAfter(this.#ownLimitMs ?? this.#limit(textOf(call[0])), noAnswer)
      return query(...call)
    }) as typeof this.query
    const end = this.end.bind(this) as (...call: unknown[]) => unknown
    this.end = ((...call: unknown[]) => {
      this.#cutAfter(END_LIMIT_MS)
      return end(...call)
    }) as typeof this.end
  }

  /** Gives the statements of a piece of work a limit of their own. */
  async within<T>(limitMs: number, work: () => Promise<T>): Promise<T> {
    this.#ownLimitMs = limitMs
    try {
      return await work()
    } finally {
      this.#ownLimitMs = undefined
    }
  }

  #cutAfter(ms: number | undefined, reason?: (ms: number) => Error): void {
    clearTimeout(this.#timer)
    if (ms === undefined) return
    this.#timer = setTimeout(() => this.connection.stream.destroy(reason?.(ms)), ms)
    this.#timer.unref()
  }
}

const textOf = (query: unknown): string =>
  typeof query === 'string' ? query : ((query as {text?: string} | undefined)?.text ?? '')

/** With the code that Postgres has for a connection that has failed. */
const noAnswer = (ms: number) =>
  Object.assign(new Error(`the database has not answered for ${ms / 1000} s`), {code: '08006'})

/** The driver as Sequelize takes it. */
export const postgresDriver = (limit: StatementLimit): object => ({
  ...pg,
  Client: class extends SturdyClient {
    constructor(config: pg.ClientConfig) {
      super(config, limit)
    }
  },
})
