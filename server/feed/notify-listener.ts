import {setTimeout as sleep} from 'node:timers/promises'
import {newId} from '../../src/ids.js'
import type {Log} from '../../src/log.js'
import {SturdyClient} from '../postgres-client.js'

export interface ListenOptions {
  url: string
  channel: string
  log: Log
  onConnected(): void
  onPayload(payload: string): void
}

export interface NotifyListener {
  readonly connected: boolean
  stop(): Promise<void>
}

const CONNECT_LIMIT_MS = 10_000
const STATEMENT_LIMIT_MS = 10_000
const FIRST_DELAY_MS = 100
const LAST_DELAY_MS = 10_000
/** A connection that has died without a word is found by talking to oneself over it. */
const PROBE_INTERVAL_MS = 30_000
const PROBE_LIMIT_MS = 5000
const PROBE = 'probe:'

/** Keeps a connection that listens, for ever; each new one begins with `onConnected`. */
export function listen(options: ListenOptions): NotifyListener {
  const over = new AbortController()
  let connected = false
  const run = async () => {
    for (let tries = 0; !over.signal.aborted; tries++) {
      try {
        await listenOnce(options, over.signal, () => {
          tries = 0
          connected = true
          options.onConnected()
        })
      } catch (error) {
        if (!over.signal.aborted) {
          options.log.warn({event: 'listen_failed', error: String(error), tries})
        }
      }
      connected = false
      const delay = Math.min(LAST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(tries, 10))
      await sleep(delay * (0.5 + Math.random() / 2), undefined, {signal: over.signal}).catch(
        () => {},
      )
    }
  }
  const done = run()
  return {
    get connected() {
      return connected
    },
    async stop() {
      over.abort()
      await done
    },
  }
}

/**
 * Listens over one connection until that is over or `signal` says so; leaves nothing at the signal, which
 * outlives many connections.
 * @throws the reason why it is over
 */
export async function listenOnce(
  {url, channel, onPayload}: Pick<ListenOptions, 'url' | 'channel' | 'onPayload'>,
  signal: AbortSignal,
  onListening: () => void,
): Promise<void> {
  const client = new SturdyClient(
    {
      connectionString: url,
      application_name: 'multica-listen',
      connectionTimeoutMillis: CONNECT_LIMIT_MS,
    },
    () => STATEMENT_LIMIT_MS,
  )
  let probe = ''
  let onProbe = () => {}
  const over = new AbortController()
  const onStop = () => over.abort()
  const ended = new Promise<Error>((resolve) => {
    client.once('error', resolve)
    client.once('end', () => resolve(new Error('the connection ended')))
    over.signal.addEventListener('abort', () => resolve(new Error('stopped')), {once: true})
  })
  signal.addEventListener('abort', onStop, {once: true})
  if (signal.aborted) onStop()
  // After the first error others may follow, and nobody may be without an ear for them.
  client.on('error', () => {})
  client.on('notification', ({payload = ''}) => {
    if (payload === probe) onProbe()
    else if (!payload.startsWith(PROBE)) onPayload(payload)
  })
  /** A pooler that hands each statement to another connection takes LISTEN and never tells anything. */
  const hearsItself = async () => {
    probe = `${PROBE}${newId()}`
    const heard = new Promise<boolean>((resolve) => {
      onProbe = () => resolve(true)
    })
    await client.query('SELECT pg_notify($1, $2)', [channel, probe])
    const late = sleep(PROBE_LIMIT_MS, false, {ref: false})
    if (!(await Promise.race([heard, late, ended.then(() => false)]))) {
      throw new Error('notifications do not arrive; a pooler in between may break LISTEN')
    }
  }
  const follow = async () => {
    await client.connect()
    await client.query(`LISTEN ${client.escapeIdentifier(channel)}`)
    await hearsItself()
    onListening()
    for (;;) {
      await sleep(PROBE_INTERVAL_MS, undefined, {signal: over.signal, ref: false})
      await hearsItself()
    }
  }
  try {
    const following = follow()
    following.catch(() => {})
    await Promise.race([following, ended.then((error) => Promise.reject(error))])
  } finally {
    signal.removeEventListener('abort', onStop)
    over.abort()
    await client.end().catch(() => {})
  }
}
