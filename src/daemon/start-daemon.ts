import type {AgentSettings} from '../agents/adapter.js'
import {proxyInUse} from '../client/proxy-in-use.js'
import type {Log} from '../log.js'
import {processStartTime} from '../process-tree/process-table.js'
import {openConfig} from '../settings/config-file.js'
import {type DaemonFlags, flagsToArgv, resolveDaemonSettings} from '../settings/daemon-settings.js'
import {type Environment, processEnvironment, readVariable} from '../settings/environment.js'
import type {Settings} from '../settings/settings.js'
import {startWorker} from '../task-folder/start-worker.js'
import {belongsToServer, tokenFor} from './config-scope.js'
import {Connection} from './connection.js'
import {Daemon} from './daemon.js'
import type {DaemonStatus} from './daemon-status.js'
import {createDetector} from './detector.js'
import {resolvePath} from './login-path.js'
import type {Holder} from './state-file.js'

export interface StartDaemonOptions {
  settings: Settings
  flags?: DaemonFlags
  /** This process's own by default. */
  env?: Environment
  log: Log
  /** Agents beside those that detection finds and agents.json describes. */
  agents?: Record<string, AgentSettings>
  /** Ids of workspaces that are watched whatever the config says. */
  workspaces?: string[]
  /** Who starts it, for those who stop and restart it. */
  mode?: Holder['mode']
  /** False: do not wait for the server, which may be away. */
  waitForRegistration?: boolean
  /** Gives up starting. A daemon that has been started is ended by its `stop`. */
  signal: AbortSignal
}

export interface RunningDaemon {
  port: number
  status(): Promise<DaemonStatus>
  stop(options: {stopTasks: boolean}): Promise<void>
}

/**
 * Starts a daemon in this process. Resolves when it has registered with the server.
 * @throws AppError when nobody is signed in, another daemon runs here, or there is no agent to run
 */
export async function startDaemon(options: StartDaemonOptions): Promise<RunningDaemon> {
  const {settings, log, signal, env = processEnvironment(), agents = {}} = options
  const {profile, serverUrl} = settings
  const config = openConfig(profile, env)
  const signIn = profile === undefined ? 'multica login' : `multica login --profile ${profile}`
  const connection = new Connection({
    serverUrl,
    token: tokenFor(settings, config.read()),
    readToken: () => {
      const file = config.read()
      const stored = belongsToServer(file, serverUrl) ? file.token : undefined
      return readVariable(env, 'MULTICA_TOKEN') ?? stored
    },
    signIn,
    log,
  })
  const path = await resolvePath(env)
  // The agent acts with its task's token, never with the user's (design §4.8).
  const workerEnv = {...env, PATH: path, MULTICA_TOKEN: undefined}
  const daemon = new Daemon(
    {
      settings,
      daemon: resolveDaemonSettings(profile, options.flags ?? {}, env),
      agents,
      workspaces: options.workspaces ?? [],
      ...(options.mode && {mode: options.mode}),
      flags: flagsToArgv(options.flags ?? {}),
      proxy: proxyInUse(serverUrl, env),
    },
    {
      log,
      config,
      connection,
      detect: createDetector(workerEnv, path),
      startWorker: (folder) => startWorker(folder, workerEnv),
      processStart: processStartTime,
      env: workerEnv,
    },
  )
  await daemon.start(signal)
  try {
    if (options.waitForRegistration ?? true) await orAborted(daemon.registered, signal)
    signal.throwIfAborted()
  } catch (error) {
    await daemon.stop({stopTasks: false})
    throw error
  }
  const {port} = await daemon.status()
  return {port, status: () => daemon.status(), stop: (how) => daemon.stop(how)}
}

async function orAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    signal.addEventListener('abort', onAbort, {once: true})
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
