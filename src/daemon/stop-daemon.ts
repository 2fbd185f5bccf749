import {setTimeout as delay} from 'node:timers/promises'
import {AppError} from '../errors.js'
import type {Settings} from '../settings/settings.js'
import {askToEnd} from './ask-to-end.js'
import {findHolder, type ProcessStart} from './lock.js'
import type {Holder} from './state-file.js'

const POLL_MS = 50

export interface StopResult {
  /** Undefined: none was running. */
  holder: Holder | undefined
  /** False: it was still at it when the time was over. */
  stopped: boolean
}

export interface StopOptions {
  processStart: ProcessStart
  limitMs: number
  signal: AbortSignal
  /** There is one, and it is asked now. */
  onWait?: () => void
}

/**
 * Asks the daemon of a profile to stop and waits for its end. Its workers go on. The process is found
 * through the lock with its start time, so that no other one is ever signalled.
 */
export async function stopDaemon(settings: Settings, options: StopOptions): Promise<StopResult> {
  const {processStart, limitMs, signal, onWait} = options
  const holder = await findHolder(settings.stateDir, processStart)
  if (!holder) return {holder, stopped: true}
  onWait?.()
  askToEnd(holder.pid)
  const end = performance.now() + limitMs
  while (performance.now() < end) {
    const now = await findHolder(settings.stateDir, processStart)
    if (now?.pid !== holder.pid) return {holder, stopped: true}
    await delay(POLL_MS, undefined, {signal})
  }
  return {holder, stopped: false}
}

export function stillStopping(pid: number, logPath: string): AppError {
  return new AppError('unavailable', `daemon is still stopping (pid ${pid}); log: ${logPath}`)
}
