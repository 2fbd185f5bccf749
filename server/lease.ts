import {CLAIM_REDELIVERY_MS, LEASE_MS, RUNTIME_STALE_MS} from '../src/protocol/limits.js'

/** How long the server waits for those that have fallen silent (stream §7), in milliseconds. */
export interface Lease {
  /** Silence of a worker after which its lease is over. */
  workerMs: number
  /** Silence of a runtime after which it counts as offline. */
  runtimeMs: number
  /** A claim that was never started is delivered again after this. */
  redeliveryMs: number
  /** Between two looks of the sweeper. */
  sweepMs: number
}

/** Shorter ones would take a daemon that is busy for a dead one. */
export const MIN_LEASE_MS = 5000

/** All of them in their usual proportion to the lease of a worker. */
export function createLease(workerMs: number = LEASE_MS): Lease {
  const share = workerMs / LEASE_MS
  return {
    workerMs,
    runtimeMs: RUNTIME_STALE_MS * share,
    redeliveryMs: CLAIM_REDELIVERY_MS * share,
    sweepMs: workerMs / 2,
  }
}
