import {createServer, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {join} from 'node:path'
import {AppError} from '../src/errors.js'
import {createApp, type Health} from './app.js'
import {createAuthenticator} from './auth/authenticator.js'
import type {ServerConfig} from './config.js'
import type {ServerContext} from './context.js'
import {openDatabase} from './database.js'
import {createFastLane} from './fast-lane.js'
import {createEventLog} from './feed/event-log.js'
import {createFeed} from './feed/feed.js'
import {type Notifier, startNotifier} from './feed/notifier.js'
import {createSseSessions} from './feed/sse-session.js'
import {createWakeups} from './feed/wakeups.js'
import {lockDatabaseFile} from './file-lock.js'
import {ensureOwner} from './first-start.js'
import {createLease} from './lease.js'
import {createIngest} from './services/ingest.js'
import {createMessageMask} from './services/mask-message.js'
import {createServices} from './services.js'
import {withStartLock} from './start-lock.js'
import {createStreamHandlers} from './streams.js'
import {startSweeper} from './sweeper.js'

export {readServerConfig, SERVER_VARIABLES, type ServeFlags, type ServerConfig} from './config.js'

export interface RunningServer {
  /** Where it can be reached: the public address, or the one that it listens on. */
  url: string
  port: number
  /** Set when this start has made the owner. */
  firstStart?: {ownerToken: string; workspaceSlug: string}
  /** A one-time link that signs a browser in as the owner. */
  createSignInLink(): Promise<string>
  /** A personal access token of the owner. */
  createOwnerToken(name: string): Promise<string>
  /**
   * @param drainMs how long the readers' streams are ended at a spread, and requests are still taken,
   *   before the server closes; 0 when nobody else can take them
   */
  stop(options?: {drainMs?: number}): Promise<void>
}

/** How long open connections may finish at a stop, and at one where others take over. */
const STOP_GRACE_MS = 3000
const DRAIN_GRACE_MS = 10_000

/**
 * Opens the database, makes the owner at the first start, and listens. What has been started is
 * stopped again when a later step fails.
 * @throws AppError with the fix: port taken, database locked, unreachable or newer than the code
 */
export async function startServer(config: ServerConfig): Promise<RunningServer> {
  const releasers: (() => Promise<void>)[] = []
  const stop = once(async () => {
    for (const release of releasers.splice(0).reverse()) await release()
  })
  try {
    const url = config.databaseUrl ?? `sqlite:${join(config.dataDir, 'multica.db')}`
    if (url.startsWith('sqlite:'))
      releasers.push(await lockDatabaseFile(url.slice('sqlite:'.length)))
    const db = await openDatabase({url, log: config.log})
    releasers.push(() => db.close())
    const wakeups = createWakeups()
    const events = createEventLog(db, wakeups)
    const context: ServerContext = {
      db,
      events,
      wakeups,
      log: config.log,
      lease: createLease(config.leaseMs),
      now: () => new Date(),
    }
    const notifier = startNotifierOf(config, context)
    if (notifier) releasers.push(() => notifier.stop())
    return await compose({context, config, releasers, stop, notifier})
  } catch (error) {
    await stop()
    throw error
  }
}

interface Parts {
  context: ServerContext
  config: ServerConfig
  releasers: (() => Promise<void>)[]
  stop: () => Promise<void>
  notifier: Notifier | undefined
}

/** SQLite has one server, whose own wake-ups cannot be lost: an idle one reads nothing. */
function startNotifierOf(
  {databaseUrl: url, log}: ServerConfig,
  {db, wakeups}: ServerContext,
): Notifier | undefined {
  if (db.dialect !== 'postgres' || !url) return undefined
  return startNotifier({url, db, wakeups, log})
}

async function compose({
  context,
  config,
  releasers,
  stop,
  notifier,
}: Parts): Promise<RunningServer> {
  const services = createServices(context)
  const owner = await withStartLock(context.db.sequelize, () =>
    ensureOwner(context, services.accounts, services.workspaces),
  )
  const sweeper = startSweeper(context, services.ending)
  releasers.push(() => sweeper.stop())
  const authenticator = createAuthenticator(context)
  let url = config.publicUrl ?? ''
  const feed = createFeed(context)
  const sessions = createSseSessions()
  releasers.push(async () => feed.stop())
  let stopping = false
  const health = (): Health => ({
    status: stopping ? 'stopping' : 'ok',
    ...(notifier && {notifications: notifier.connected ? 'ok' : 'off'}),
  })
  const app = createApp({context, config, services, authenticator, publicUrl: () => url, health})
  const ingest = createIngest(context, authenticator, feed, createMessageMask())
  const streams = createStreamHandlers({context, authenticator, feed, sessions})
  const lane = createFastLane({ingest, streams, log: context.log, app})
  const http = createServer((req, res) => {
    // Who keeps its connection would send its next request just when it closes.
    if (stopping) res.setHeader('Connection', 'close')
    lane(req, res)
  })
  const port = await listen(http, config)
  let graceMs = STOP_GRACE_MS
  releasers.push(() => closeServer(http, graceMs))
  // Streams end first: they would keep the server from closing.
  releasers.push(() => sessions.stop())
  url ||= localUrl(config.host, port)
  const createOwnerToken = async (name: string) =>
    (await services.accounts.createToken(owner.userId, name)).token
  return {
    url,
    port,
    ...(owner.isNew && {
      firstStart: {ownerToken: await createOwnerToken('first start'), workspaceSlug: 'local'},
    }),
    createOwnerToken,
    async createSignInLink() {
      const {code} = await services.accounts.createSignInLink(owner.userId)
      return `${url}/auth/link?code=${code}`
    },
    async stop({drainMs = 0} = {}) {
      stopping = true
      if (drainMs > 0) graceMs = DRAIN_GRACE_MS
      await sessions.stop(drainMs)
      await stop()
    },
  }
}

function listen(http: Server, {host, port}: ServerConfig): Promise<number> {
  // Node's 5 s is below the heartbeat gap of daemons; a longer one avoids reconnects (contract §10).
  http.keepAliveTimeout = 75_000
  http.headersTimeout = 80_000
  return new Promise((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)))
    http.listen(port, host, () => resolve((http.address() as AddressInfo).port))
  })
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE') {
    return new AppError(
      'unavailable',
      `port ${port} on ${host} is in use; stop what uses it, or choose another with --port`,
      {cause: error},
    )
  }
  if (error.code === 'EACCES') {
    return new AppError(
      'unavailable',
      `port ${port} needs more rights; choose one above 1023 with --port`,
    )
  }
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return new AppError('unavailable', `--host ${host} is no address of this machine`, {
      cause: error,
    })
  }
  return error
}

function localUrl(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}

/** Lets requests finish for a moment; a connection that stays open is cut. */
async function closeServer(http: Server, graceMs: number): Promise<void> {
  // Connections that wait to be taken would be reset: they are taken right before.
  await new Promise((resolve) => setImmediate(resolve))
  const closed = new Promise<void>((resolve) => {
    http.close(() => resolve())
  })
  http.closeIdleConnections()
  const timer = setTimeout(() => http.closeAllConnections(), graceMs)
  await closed
  clearTimeout(timer)
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => {
    running ??= work()
    return running
  }
}
