import type {ServerContext} from './context.js'
import {giveBack} from './free-space.js'
import {prune} from './services/prune.js'
import {enforceRetention} from './services/retention.js'

/** Work that may take long and that nobody waits for. */
export interface Housekeeping {
  /** Does what is due once an hour. A call during the work waits for its end. */
  run(): Promise<void>
  stop(): Promise<void>
}

const INTERVAL_MS = 3_600_000

/** Deletes what is old, beside the sweeper's rounds: a long deletion must not delay those. */
export function startHousekeeping(context: ServerContext): Housekeeping {
  const over = new AbortController()
  const {signal} = over
  let doneAt = Number.NEGATIVE_INFINITY
  let running: Promise<void> | undefined
  const work = async () => {
    doneAt = context.now().getTime()
    await attempt(context, 'old rows', signal, () => prune(context, signal))
    await attempt(context, 'old transcripts', signal, () => enforceRetention(context, signal))
    await attempt(context, 'free space', signal, async () => {
      const note = await giveBack(context.db, signal)
      if (note) context.log.info({event: 'space_kept', note})
    })
  }
  return {
    run() {
      if (running) return running
      if (signal.aborted || context.now().getTime() - doneAt < INTERVAL_MS) return Promise.resolve()
      running = work().finally(() => {
        running = undefined
      })
      return running
    },
    async stop() {
      over.abort()
      await running
    },
  }
}

async function attempt(
  context: ServerContext,
  rule: string,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  if (signal.aborted) return
  try {
    await work()
  } catch (error) {
    if (!signal.aborted) context.log.warn({event: 'sweep_failed', rule, err: error})
  }
}
