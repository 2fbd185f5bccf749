import {startInBackground} from '../daemon/background.js'
import {checkLogin} from '../daemon/check-login.js'
import type {DaemonStatus} from '../daemon/daemon-status.js'
import {processStartTime} from '../process-tree/process-table.js'
import {openConfig} from '../settings/config-file.js'
import {type DaemonFlags, flagsToArgv, resolveDaemonSettings} from '../settings/daemon-settings.js'
import {processEnvironment} from '../settings/environment.js'
import {LEAN_NODE} from '../settings/lean-node.js'
import type {Settings} from '../settings/settings.js'

/**
 * What would keep a daemon from starting, found before anything is started or stopped.
 * @returns a warning when the server cannot be asked
 * @throws AppError when nobody is signed in, or a flag or variable is wrong
 */
export function checkDaemonStart(
  settings: Settings,
  flags: DaemonFlags,
): Promise<string | undefined> {
  resolveDaemonSettings(settings.profile, flags, processEnvironment())
  return checkLogin(settings, openConfig(settings.profile, processEnvironment()).read())
}

/**
 * Starts this very command line as a daemon in the background and waits until it is up.
 * @param words flags for it, as words of a command line
 */
export function launchDaemon(
  settings: Settings,
  words: readonly string[],
  signal: AbortSignal,
): Promise<DaemonStatus> {
  const {serverUrl, profile, logPath} = settings
  const flags = new Set([...process.execArgv, ...LEAN_NODE])
  const program = [process.execPath, ...flags, process.argv[1] ?? '']
  const place = ['--server-url', serverUrl, ...(profile ? ['--profile', profile] : [])]
  const command = ['daemon', 'start', '--foreground', '--log-file', logPath]
  return startInBackground({
    settings,
    argv: [...program, ...command, ...place, ...words],
    processStart: processStartTime,
    signal,
  })
}

/** The flags of an earlier start, with those that are given now in their place. */
export function mergeFlags(earlier: readonly string[], given: DaemonFlags): string[] {
  const replaced = new Set(flagsToArgv(given).filter((_word, index) => index % 2 === 0))
  const kept = earlier.filter((_word, index) => !replaced.has(earlier[index - (index % 2)] ?? ''))
  return [...kept, ...flagsToArgv(given)]
}

/** What people are told of a daemon that is up. */
export function describeStart(status: DaemonStatus, verb: 'started' | 'restarted'): string[] {
  const taken = status.tasks.length === 0 ? [] : [`Tasks taken over: ${status.tasks.length}`]
  return [
    `Daemon ${verb} (pid ${status.pid})`,
    `Agents: ${status.agents.join(', ')}`,
    ...taken,
    `Logs: ${status.paths.log}`,
  ]
}
