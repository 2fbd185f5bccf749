import {newId} from '../../src/ids.js'
import type {Log} from '../../src/log.js'
import type {Database} from '../database.js'
import {createAccessWatch} from './access-watch.js'
import {decodeNews, encodeNews, PendingNews} from './news.js'
import {listen} from './notify-listener.js'
import {userOfTopic, userTopic, type Wakeups} from './wakeups.js'

/** How the servers of one Postgres wake each other's readers (stream §6.5). */
export interface Notifier {
  /** Whether wake-ups of other servers arrive; without them readers wait for the reconcile read. */
  readonly connected: boolean
  stop(): Promise<void>
}

export interface NotifierOptions {
  url: string
  db: Database
  wakeups: Wakeups
  log: Log
  /** Longest a lost wake-up stays unnoticed; 5 s. */
  reconcileMs?: number
}

const CHANNEL = 'multica'
/** Longest a lost wake-up stays unnoticed. */
export const RECONCILE_MS = 5000
/** Postgres takes 8000 bytes; a topic with its number has less than 60. */
const MAX_TOPICS = 100
/** More topics than this are not told one by one: the reconcile read finds them. */
const MAX_PENDING = 10_000

/**
 * Tells the other servers which topics have news, and wakes the readers here of what they tell. Sent
 * after the commit, one notification under way, all topics that came meanwhile in the next: inside the
 * transaction it would serialise the commits. Every topic with readers here is woken every few
 * seconds as well, so that a notification may be lost.
 */
export function startNotifier(options: NotifierOptions): Notifier {
  const {url, db, wakeups, log} = options
  const notify = db.prepare('SELECT pg_notify($1, $2)')
  const self = newId().slice(0, 8)
  const pending = new PendingNews(MAX_PENDING)
  let sending: Promise<void> | undefined
  const send = async () => {
    while (pending.size > 0) {
      const news = pending.take(MAX_TOPICS)
      try {
        await notify.run([CHANNEL, [self, ...news.map(encodeNews)].join(' ')])
      } catch (error) {
        log.debug({event: 'notify_failed', error: String(error)})
      }
    }
    sending = undefined
  }
  wakeups.connect((topic, seq) => {
    pending.add(topic, seq)
    sending ??= send()
  })
  const wakeAll = () => {
    for (const topic of [...wakeups.topics()]) wakeups.wakeHere(topic)
  }
  const listener = listen({
    url,
    channel: CHANNEL,
    log,
    // What came while nobody listened is unknown.
    onConnected: wakeAll,
    onPayload(payload) {
      const [sender, ...news] = payload.split(' ')
      if (sender === self) return
      for (const text of news) wakeups.wakeHere(...decodeNews(text))
    },
  })
  const watch = createAccessWatch(db)
  let reconciling: Promise<void> | undefined
  const reconcile = async () => {
    const topics = [...wakeups.topics()]
    for (const topic of topics) if (!userOfTopic(topic)) wakeups.wakeHere(topic)
    try {
      const users = topics.map(userOfTopic).filter((id) => id !== undefined)
      for (const id of await watch.changed(users)) wakeups.wakeHere(userTopic(id))
    } catch (error) {
      log.warn({event: 'reconcile_failed', error: String(error)})
    }
    reconciling = undefined
  }
  const timer = setInterval(() => {
    reconciling ??= reconcile()
  }, options.reconcileMs ?? RECONCILE_MS)
  timer.unref()
  return {
    get connected() {
      return listener.connected
    },
    async stop() {
      clearInterval(timer)
      wakeups.connect(() => {})
      pending.clear()
      await sending
      await reconciling
      await listener.stop()
    },
  }
}
