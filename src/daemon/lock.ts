import {randomBytes} from 'node:crypto'
import {rm, writeFile} from 'node:fs/promises'
import {AppError} from '../errors.js'
import type {LockHolder} from './daemon-status.js'
import {changeState, type Holder, readState} from './state-file.js'

/** Tells processes apart although pids are used again. @returns undefined when the pid is nobody */
export type ProcessStart = (pid: number) => Promise<string | undefined>

export interface LockOptions {
  stateDir: string
  pidPath: string
  serverUrl: string
  profile: string | undefined
  processStart: ProcessStart
  mode?: Holder['mode']
  /** Flags of this daemon's start. */
  flags?: string[]
}

export interface DaemonLock {
  holder: Holder
  /** Tells other processes where the local API listens. */
  setPort(port: number): Promise<void>
  release(): Promise<void>
}

/**
 * Makes this process the only daemon of its machine and profile. The pid file is written by the
 * holder alone, so a second start neither overwrites nor deletes it (contract §4.6, fault C7).
 * @throws AppError `conflict` naming who holds the lock and since when
 */
export async function acquireLock(options: LockOptions): Promise<DaemonLock> {
  const {stateDir, pidPath, processStart} = options
  const holder: Holder = {
    pid: process.pid,
    pid_start: (await processStart(process.pid)) ?? '',
    since: new Date().toISOString(),
    server_url: options.serverUrl,
    mode: options.mode ?? 'foreground',
    flags: options.flags ?? [],
    control: randomBytes(24).toString('base64url'),
  }
  await changeState(stateDir, async (state) => {
    const other = state.daemon
    if (other && (await processStart(other.pid)) === other.pid_start) {
      throw new AppError('conflict', alreadyRunning(other, options.profile))
    }
    return {...state, daemon: holder}
  })
  await writeFile(pidPath, `${process.pid}\n`, {mode: 0o600})
  const isOurs = (other: Holder | undefined): boolean =>
    other?.pid === holder.pid && other.since === holder.since
  return {
    holder,
    setPort: async (port) => {
      holder.port = port
      await changeState(stateDir, (state) =>
        isOurs(state.daemon) ? {...state, daemon: holder} : state,
      )
    },
    release: async () => {
      await rm(pidPath, {force: true})
      await changeState(stateDir, ({daemon, ...state}) =>
        isOurs(daemon) || daemon === undefined ? state : {...state, daemon},
      )
    },
  }
}

/** The living daemon of a state folder, if there is one. */
export async function findHolder(
  stateDir: string,
  processStart: ProcessStart,
): Promise<Holder | undefined> {
  const {daemon} = await readState(stateDir)
  if (!daemon) return undefined
  return (await processStart(daemon.pid)) === daemon.pid_start ? daemon : undefined
}

/** The holder as it may be shown: without its secret. */
export function lockHolder({pid, since, server_url, port, mode}: Holder): LockHolder {
  return {pid, since, server_url, port, mode}
}

/** The sentence for a second start; it names the command that helps. */
export function alreadyRunning(holder: Holder, profile: string | undefined): string {
  const name = profile === undefined ? 'daemon' : `daemon [${profile}]`
  const flag = profile === undefined ? '' : ` --profile ${profile}`
  return `${name} is already running (pid ${holder.pid}, since ${holder.since}, server ${holder.server_url}); "multica daemon stop${flag}" ends it`
}
