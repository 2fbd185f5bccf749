import type {Log} from '../log.js'
import type {ClaimedTask} from '../protocol/task.js'
import type {Slot, Slots} from './slots.js'
import type {Wakeup} from './wakeup.js'

export interface ClaimLoop {
  wakeup: Wakeup
  slots: Slots
  /** Asks the server for a task; null when there is none. Has a time limit of its own. */
  claim(): Promise<ClaimedTask | null>
  /** Takes the task over, and the slot with it. */
  onTask(task: ClaimedTask, slot: Slot): void
  /** What to do about a failed claim beside trying again. */
  onError(error: unknown): void
  /** Longest wait when nothing was to be had: short only while wake-ups cannot come. */
  pollMs(): number
  signal: AbortSignal
  log: Log
}

/**
 * Claims for one runtime until the signal is aborted: again at once after a task, else at the next
 * wake-up (contract §5.7). A slow or failing runtime holds up no other one (fault B22). A claim under
 * way is never cut off, because its answer would be a task that nobody works on.
 */
export async function runClaimLoop(loop: ClaimLoop): Promise<void> {
  const {wakeup, slots, signal} = loop
  let failures = 0
  while (!signal.aborted) {
    const slot = await slots.take(signal)
    if (!slot) return
    wakeup.reset()
    let task: ClaimedTask | null = null
    try {
      task = await loop.claim()
      failures = 0
    } catch (error) {
      failures++
      loop.log.warn({event: 'claim_failed', failures, error: String(error)})
      loop.onError(error)
    }
    if (task) {
      loop.onTask(task, slot)
      continue
    }
    slot.release()
    await wakeup.wait(signal, failures > 0 ? retryMs(failures) : withJitter(loop.pollMs()))
  }
}

/** 1 s doubling to 30 s, with jitter, so that daemons do not come back all at once (fault K1). */
export function retryMs(failures: number): number {
  return withJitter(Math.min(30_000, 1000 * 2 ** (failures - 1)))
}

const withJitter = (ms: number): number => ms * (0.8 + Math.random() * 0.4)
