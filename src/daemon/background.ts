import {spawn} from 'node:child_process'
import {closeSync, mkdirSync, openSync} from 'node:fs'
import {dirname} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {AppError} from '../errors.js'
import type {Settings} from '../settings/settings.js'
import type {DaemonStatus} from './daemon-status.js'
import {fetchHealth} from './local-client.js'
import {alreadyRunning, findHolder, type ProcessStart} from './lock.js'
import {readLastLines} from './tail-file.js'

export interface BackgroundOptions {
  settings: Settings
  /** argv of the foreground daemon, program first. */
  argv: string[]
  processStart: ProcessStart
  signal: AbortSignal
  /** Longest wait for the daemon to be up: agents are looked for in this time. */
  limitMs?: number
}

const POLL_MS = 50

/**
 * Starts a daemon that outlives this process and waits until its local API answers and its agents are
 * known, or until it has died: the answer is the truth (fault L1).
 * @throws AppError with the last lines of the log when it did not come up
 */
export async function startInBackground(options: BackgroundOptions): Promise<DaemonStatus> {
  const {settings, processStart, signal, limitMs = 60_000} = options
  const other = await findHolder(settings.stateDir, processStart)
  if (other) throw new AppError('conflict', alreadyRunning(other, settings.profile))
  const child = spawnDetached(options.argv, settings.logPath)
  let exit: string | undefined
  child.once('error', (error) => {
    exit = error.message
  })
  child.once('exit', (code, name) => {
    exit = name ? `signal ${name}` : `exit code ${code}`
  })
  const end = performance.now() + limitMs
  try {
    while (exit === undefined && performance.now() < end) {
      const status = await findUp(settings.stateDir, child.pid, processStart)
      if (status) return status
      await delay(POLL_MS, undefined, {signal})
    }
    const reason = exit === undefined ? `not up after ${limitMs / 1000} s` : `it ended with ${exit}`
    throw await notUp(reason, settings.logPath)
  } catch (error) {
    child.kill()
    throw error
  } finally {
    child.unref()
  }
}

function spawnDetached([program = '', ...args]: string[], logPath: string) {
  mkdirSync(dirname(logPath), {recursive: true, mode: 0o700})
  const log = openSync(logPath, 'a', 0o600)
  try {
    return spawn(program, args, {detached: true, stdio: ['ignore', log, log]})
  } finally {
    closeSync(log)
  }
}

async function findUp(
  stateDir: string,
  pid: number | undefined,
  processStart: ProcessStart,
): Promise<DaemonStatus | undefined> {
  const holder = await findHolder(stateDir, processStart)
  if (holder?.port === undefined || holder.pid !== pid) return undefined
  const status = await fetchHealth(holder.port)
  return status?.pid === pid && status?.state !== 'starting' ? status : undefined
}

async function notUp(reason: string, logPath: string): Promise<AppError> {
  const lines = await readLastLines(logPath, 10).catch(() => [])
  const tail = lines.length === 0 ? '' : `\n${lines.join('\n')}`
  return new AppError('unavailable', `daemon did not start: ${reason}; log: ${logPath}${tail}`)
}
