import {setTimeout as delay} from 'node:timers/promises'
import {AppError} from '../errors.js'
import type {Settings} from '../settings/settings.js'
import type {DaemonStatus} from './daemon-status.js'
import type {ProcessStart} from './lock.js'
import {readStatus} from './read-status.js'

const POLL_MS = 100
const LIMIT_MS = 60_000

export interface WaitUntilUp {
  processStart: ProcessStart
  signal: AbortSignal
  /** Pid of the daemon that is on its way out. */
  not?: number
}

/**
 * Waits until a daemon that somebody else has started is up (fault L1).
 * @throws AppError naming its log when it does not come
 */
export async function waitUntilUp(
  settings: Settings,
  {processStart, signal, not}: WaitUntilUp,
): Promise<DaemonStatus> {
  const end = Date.now() + LIMIT_MS
  while (Date.now() < end) {
    const status = await readStatus(settings, processStart)
    const isUp = status.status === 'running' && status.state !== 'starting'
    if (isUp && status.pid !== not) return status
    await delay(POLL_MS, undefined, {signal})
  }
  const text = `daemon did not start: not up after ${LIMIT_MS / 1000} s; log: ${settings.logPath}`
  throw new AppError('unavailable', text)
}
