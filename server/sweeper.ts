import type {ServerContext} from './context.js'
import {startHousekeeping} from './housekeeping.js'
import {type Listening, startListening} from './listening.js'
import {sweepRuntimes} from './services/sweep-runtimes.js'
import {
  expireQueued,
  failOrphans,
  giveUpCancelled,
  requeueUnstarted,
  retryLostRuns,
  sealEnded,
} from './services/sweep-tasks.js'
import type {TaskEnding} from './services/task-ending.js'
import {createWatchfulness} from './services/watchfulness.js'

export interface SweeperOptions {
  /** Between rounds; half a lease unless told otherwise. */
  intervalMs?: number
  /** How long a queued task waits for a runtime that is away; 7 days unless told otherwise. */
  queueLifeMs?: number
  /** How long signs of life have been heard; for tests, whose clocks go as they please. */
  listening?: Listening
}

export interface Sweeper {
  /** One round, and the hourly deletions if they are due. */
  sweep(): Promise<void>
  stop(): Promise<void>
}

const DAY_MS = 86_400_000
/** A busy machine is not a frozen one. */
const MIN_PAUSE_MS = 2000

/**
 * Ends what nobody else will end (contract §7.9 with its note): liveness decides, never the age of a
 * run. Every rule looks at every round, and each looks again under a lock before it acts, so that
 * several servers may sweep one database.
 */
export function startSweeper(
  context: ServerContext,
  ending: TaskEnding,
  options: SweeperOptions = {},
): Sweeper {
  let running: Promise<void> = Promise.resolve()
  const housekeeping = startHousekeeping(context)
  const {lease} = context
  const listening =
    options.listening ??
    startListening({
      now: context.now,
      uptime: () => performance.now(),
      // A pause that costs a heartbeat or two must not cost a runtime its name.
      maxPauseMs: Math.max(MIN_PAUSE_MS, lease.runtimeMs / 4),
    })
  const life = options.queueLifeMs ?? 7 * DAY_MS
  const watch = createWatchfulness(context, life)
  const round = async () => {
    const listensFor = listening.forMs()
    if (listensFor >= lease.runtimeMs) {
      await attempt(context, 'runtimes', () => sweepRuntimes(context))
    }
    if (listensFor >= lease.workerMs) {
      await attempt(context, 'orphans', () => failOrphans(context, ending))
      await attempt(context, 'stranded', () => retryLostRuns(context))
      await attempt(context, 'unstarted', () => requeueUnstarted(context))
      await attempt(context, 'unacknowledged', () => giveUpCancelled(context))
      await attempt(context, 'unsealed', () => sealEnded(context))
    }
    await attempt(context, 'expired', () => expireQueued(context, ending, life))
    // The first rounds leave rules out.
    if (listensFor >= lease.workerMs) await attempt(context, 'rest', () => watch.look())
  }
  const next = () => {
    running = running.then(round)
    return running
  }
  // A round that takes longer than the interval is not doubled.
  let busy = false
  const timer = setInterval(() => {
    if (busy) return
    void housekeeping.run()
    if (!watch.needsRound()) return
    busy = true
    void next().finally(() => {
      busy = false
    })
  }, options.intervalMs ?? lease.sweepMs)
  timer.unref()
  return {
    async sweep() {
      await next()
      await housekeeping.run()
    },
    async stop() {
      clearInterval(timer)
      listening.stop()
      await housekeeping.stop()
      await running
    },
  }
}

/** One rule that fails must not keep the others from their work. */
async function attempt(
  context: ServerContext,
  rule: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    context.log.warn({event: 'sweep_failed', rule, err: error})
  }
}
