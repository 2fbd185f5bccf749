import {LEASE_MS, RUNTIME_STALE_MS} from '../src/protocol/limits.js'
import type {ServerContext} from './context.js'
import {prune} from './services/prune.js'
import {sweepRuntimes} from './services/sweep-runtimes.js'
import {expireQueued, failOrphans, requeueUnstarted, sealEnded} from './services/sweep-tasks.js'
import type {TaskEnding} from './services/task-ending.js'

export interface SweeperOptions {
  /** Between rounds; 30 s unless told otherwise. */
  intervalMs?: number
  /** How long a queued task waits for a runtime that is away; 7 days unless told otherwise. */
  queueLifeMs?: number
}

export interface Sweeper {
  /** One round, for tests and for the first one at start. */
  sweep(): Promise<void>
  stop(): Promise<void>
}

const INTERVAL_MS = 30_000
const DAY_MS = 86_400_000
const PRUNE_INTERVAL_MS = 3_600_000

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
  let prunedAt = Number.NEGATIVE_INFINITY
  const startedAt = context.now().getTime()
  const round = async () => {
    const now = context.now().getTime()
    // While this server was away it heard nobody: that silence is its own.
    const listensFor = now - startedAt
    if (listensFor >= RUNTIME_STALE_MS) {
      await attempt(context, 'runtimes', () => sweepRuntimes(context))
    }
    if (listensFor >= LEASE_MS) {
      await attempt(context, 'orphans', () => failOrphans(context, ending))
      await attempt(context, 'unstarted', () => requeueUnstarted(context))
      await attempt(context, 'unsealed', () => sealEnded(context))
    }
    const life = options.queueLifeMs ?? 7 * DAY_MS
    await attempt(context, 'expired', () => expireQueued(context, ending, life))
    if (now - prunedAt < PRUNE_INTERVAL_MS) return
    prunedAt = now
    await attempt(context, 'old rows', () => prune(context))
  }
  const sweep = () => {
    running = running.then(round)
    return running
  }
  // A round that takes longer than the interval is not doubled.
  let busy = false
  const timer = setInterval(() => {
    if (busy) return
    busy = true
    void sweep().finally(() => {
      busy = false
    })
  }, options.intervalMs ?? INTERVAL_MS)
  timer.unref()
  return {
    sweep,
    async stop() {
      clearInterval(timer)
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
