import {createServer, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {join} from 'node:path'
import {AppError} from '../src/errors.js'
import {createApp} from './app.js'
import {createAuthenticator} from './auth/authenticator.js'
import type {ServerConfig} from './config.js'
import type {ServerContext} from './context.js'
import {openDatabase} from './database.js'
import {createFastLane} from './fast-lane.js'
import {createEventLog} from './feed/event-log.js'
import {createFeed} from './feed/feed.js'
import {createSseSessions} from './feed/sse-session.js'
import {createWakeups} from './feed/wakeups.js'
import {lockDatabaseFile} from './file-lock.js'
import {ensureOwner} from './first-start.js'
import {createIngest} from './services/ingest.js'
import {createMessageMask} from './services/mask-message.js'
import {createServices} from './services.js'
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
  stop(): Promise<void>
}

/** How long open connections may finish at a stop. */
const STOP_GRACE_MS = 3000

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
    const context: ServerContext = {db, events, wakeups, log: config.log, now: () => new Date()}
    return await compose(context, config, releasers, stop)
  } catch (error) {
    await stop()
    throw error
  }
}

async function compose(
  context: ServerContext,
  config: ServerConfig,
  releasers: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<RunningServer> {
  const services = createServices(context)
  const owner = await ensureOwner(context, services.accounts, services.workspaces)
  const sweeper = startSweeper(context, services.ending)
  releasers.push(() => sweeper.stop())
  const authenticator = createAuthenticator(context)
  let url = config.publicUrl ?? ''
  const feed = createFeed(context)
  const sessions = createSseSessions()
  releasers.push(async () => feed.stop())
  const app = createApp({context, config, services, authenticator, publicUrl: () => url})
  const ingest = createIngest(context, authenticator, feed, createMessageMask())
  const streams = createStreamHandlers({context, authenticator, feed, sessions})
  const http = createServer(createFastLane({ingest, streams, log: context.log, app}))
  const port = await listen(http, config)
  releasers.push(() => closeServer(http))
  // Streams end first: they would keep the server from closing.
  releasers.push(async () => sessions.stop())
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
    stop,
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
async function closeServer(http: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    http.close(() => resolve())
  })
  http.closeIdleConnections()
  const timer = setTimeout(() => http.closeAllConnections(), STOP_GRACE_MS)
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
