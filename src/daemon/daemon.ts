import {stat} from 'node:fs/promises'
import type {AgentSettings} from '../agents/adapter.js'
import {AppError} from '../errors.js'
import type {Log} from '../log.js'
import type {Runtime} from '../protocol/runtime.js'
import type {ClaimedTask} from '../protocol/task.js'
import type {Config} from '../settings/config-file.js'
import type {DaemonSettings} from '../settings/daemon-settings.js'
import {formatDuration} from '../settings/duration.js'
import type {Settings} from '../settings/settings.js'
import type {TaskSpec} from '../task-folder/task-spec.js'
import {AgentCatalog, type CatalogOptions} from './agent-catalog.js'
import {buildTaskSpec} from './build-task-spec.js'
import {writeCliShim} from './cli-shim.js'
import type {Connection} from './connection.js'
import type {DaemonStatus} from './daemon-status.js'
import {failTask} from './fail-task.js'
import {type HealthServer, startHealthServer} from './health-server.js'
import {acquireLock, type DaemonLock, type ProcessStart} from './lock.js'
import {RepoCheckouts} from './repo-checkouts.js'
import {runEvery} from './run-every.js'
import {Slots} from './slots.js'
import {stopWorkers} from './stop-workers.js'
import {removeOldFolders} from './task-store.js'
import {type SupervisorOptions, TaskSupervisor} from './task-supervisor.js'
import {WorkspaceFleet} from './workspace-fleet.js'

const CONFIG_CHECK_MS = 2000
const PROBE_MS = 120_000
const SWEEP_MS = 600_000
/** Longer than the grace of an agent that ignores signals. */
const STOP_TASKS_MS = 20_000

export interface DaemonConfig {
  settings: Settings
  daemon: DaemonSettings
  /** Agents that the caller brings along. */
  agents: Record<string, AgentSettings>
  /** Workspaces that are watched whatever the config says. */
  workspaces: string[]
  proxy: string[]
}

export interface DaemonDeps {
  log: Log
  config: Config
  connection: Connection
  detect: CatalogOptions['detect']
  startWorker: SupervisorOptions['startWorker']
  processStart: ProcessStart
  /** Environment of this machine's user, for git. */
  env: Readonly<Record<string, string | undefined>>
}

/**
 * One machine's daemon for one profile (design §1). Knows neither terminal nor command line, so that
 * `multica up` can run it beside the server.
 */
export class Daemon {
  readonly #config: DaemonConfig
  readonly #deps: DaemonDeps
  readonly #stop = new AbortController()
  readonly #slots: Slots
  readonly #catalog: AgentCatalog
  readonly #supervisor: TaskSupervisor
  readonly #fleet: WorkspaceFleet
  readonly #checkouts: RepoCheckouts
  readonly #startedAt = Date.now()
  #state: DaemonStatus['state'] = 'starting'
  #lock: DaemonLock | undefined
  #health: HealthServer | undefined
  #cliBin = ''
  #loops: Promise<unknown> = Promise.resolve()
  #stopped: Promise<void> | undefined
  #onRegistered: () => void = () => {}
  readonly #awaited: Set<string>
  /** Resolves when runtimes are registered for the workspaces that the caller named, or for any one. */
  readonly registered: Promise<void>

  constructor(config: DaemonConfig, deps: DaemonDeps) {
    this.#config = config
    this.#deps = deps
    this.#slots = new Slots(config.daemon.maxConcurrentTasks)
    this.#catalog = new AgentCatalog({detect: deps.detect, extra: config.agents, log: deps.log})
    this.#supervisor = new TaskSupervisor({
      stateDir: config.settings.stateDir,
      slots: this.#slots,
      buildSpec: (task, runtime) => this.#buildSpec(task, runtime),
      startWorker: deps.startWorker,
      processStart: deps.processStart,
      failTask: (failure, signal) =>
        failTask(config.settings.serverUrl, failure, {signal, log: deps.log}),
      onEnd: () => this.#fleet.wake(),
      log: deps.log,
    })
    this.#fleet = this.#createFleet()
    this.#checkouts = new RepoCheckouts({
      specOf: (taskId) => this.#supervisor.specOf(taskId),
      env: deps.env,
    })
    this.#awaited = new Set(config.workspaces)
    this.registered = new Promise((resolve) => {
      this.#onRegistered = resolve
    })
  }

  /**
   * Resolves when the local API answers, the agents are known and every loop runs. The server may be
   * away: it is tried until it comes.
   * @param signal gives up starting
   * @throws AppError when another daemon runs here or there is no agent to run
   */
  async start(signal: AbortSignal): Promise<void> {
    const {settings} = this.#config
    const {processStart, log} = this.#deps
    const {stateDir, pidPath, serverUrl, profile} = settings
    this.#lock = await acquireLock({stateDir, pidPath, serverUrl, profile, processStart})
    try {
      this.#health = await startHealthServer({
        port: this.#config.daemon.healthPort,
        health: () => this.status(),
        checkout: (body, token) => this.#checkouts.answer(body, token),
      })
      await this.#lock.setPort(this.#health.port)
      this.#cliBin = await writeCliShim(stateDir)
      await this.#supervisor.adopt()
      await this.#catalog.refresh(signal)
      signal.throwIfAborted()
      if (this.#catalog.list().length === 0) {
        throw noAgent(settings.agentsPath, this.#catalog.problems)
      }
    } catch (error) {
      await this.stop({stopTasks: false})
      throw error
    }
    log.info({event: 'daemon_started', port: this.#health.port, server: serverUrl})
    this.#state = 'waiting'
    this.#startLoops()
  }

  async status(): Promise<DaemonStatus> {
    const {settings, daemon, proxy} = this.#config
    const sessions = this.#fleet.status()
    return {
      status: 'running',
      pid: process.pid,
      uptime: formatDuration(Math.floor((Date.now() - this.#startedAt) / 1000) * 1000),
      daemon_id: daemon.daemonId,
      device_name: daemon.deviceName,
      server_url: settings.serverUrl,
      agents: this.#catalog.list().map(({provider}) => provider),
      workspaces: sessions.map(({id, runtimes}) => ({id, runtimes: runtimes.map((r) => r.id)})),
      state: this.#state,
      since: new Date(this.#startedAt).toISOString(),
      profile: settings.profile ?? null,
      port: this.#health?.port ?? 0,
      connection: this.#deps.connection.status,
      capacity: {used: this.#supervisor.count, total: this.#slots.capacity},
      tasks: await this.#supervisor.list(),
      sessions,
      paths: {
        config: settings.configPath,
        agents: settings.agentsPath,
        state: settings.stateDir,
        log: settings.logPath,
        workspaces_root: settings.workspacesRoot,
      },
      proxy,
      problem: this.#fleet.problem,
      agent_problems: this.#catalog.problems,
    }
  }

  /**
   * Stops claiming and deregisters. Running tasks go on with their own workers and are found again at
   * the next start, unless `stopTasks` asks for their end (contract §5.13).
   */
  stop(options: {stopTasks: boolean}): Promise<void> {
    this.#stopped ??= this.#stopOnce(options)
    return this.#stopped
  }

  async #stopOnce({stopTasks}: {stopTasks: boolean}): Promise<void> {
    this.#state = 'stopping'
    this.#stop.abort()
    this.#checkouts.stop()
    await this.#loops
    await this.#fleet.stop()
    await this.#supervisor.detach()
    if (stopTasks) await this.#stopWorkers()
    await this.#health?.close()
    await this.#lock?.release()
    this.#deps.log.info({event: 'daemon_stopped'})
  }

  #createFleet(): WorkspaceFleet {
    const {settings, daemon, workspaces} = this.#config
    const {log, config, connection} = this.#deps
    return new WorkspaceFleet({
      settings,
      daemon,
      extra: workspaces,
      log,
      config,
      connection,
      slots: this.#slots,
      agents: () => this.#catalog.list(),
      onTask: (task, runtime, slot) => this.#supervisor.run(task, runtime, slot),
      onRegistered: (workspaceId) => {
        this.#state = 'ready'
        this.#awaited.delete(workspaceId)
        if (this.#awaited.size === 0) this.#onRegistered()
      },
    })
  }

  async #stopWorkers(): Promise<void> {
    const {stateDir} = this.#config.settings
    const {processStart, log} = this.#deps
    const {remaining} = await stopWorkers(stateDir, {processStart, limitMs: STOP_TASKS_MS})
    if (remaining.length > 0) log.warn({event: 'workers_still_stopping', tasks: remaining})
  }

  #startLoops(): void {
    const {signal} = this.#stop
    const {log, connection} = this.#deps
    this.#loops = Promise.all([
      this.#fleet.run(signal),
      runEvery(PROBE_MS, {signal, log, name: 'detection'}, () => this.#probe()),
      runEvery(SWEEP_MS, {signal, log, name: 'sweep'}, () => this.#sweep()),
      this.#watchConfig(() => {
        connection.refresh()
        this.#fleet.sync()
      }),
    ])
  }

  #buildSpec(task: ClaimedTask, runtime: Runtime): TaskSpec {
    const {settings, daemon} = this.#config
    const agent = this.#catalog.find(runtime.provider)
    if (!agent) throw new AppError('invalid', `agent "${runtime.provider}" is not installed here`)
    return buildTaskSpec(task, agent, {
      serverUrl: settings.serverUrl,
      workspacesRoot: settings.workspacesRoot,
      daemonPort: this.#health?.port ?? 0,
      cliBin: this.#cliBin,
      daemon,
    })
  }

  async #probe(): Promise<void> {
    if (!(await this.#catalog.refresh(this.#stop.signal))) return
    this.#fleet.registerAgain()
  }

  async #sweep(): Promise<void> {
    const {settings, daemon} = this.#config
    const removed = await removeOldFolders(settings.stateDir, daemon.taskRetentionMs)
    if (removed.length > 0) this.#deps.log.info({event: 'folders_removed', folders: removed})
  }

  /** By time stamp, because the file is replaced at each change and notifications miss that on some disks. */
  async #watchConfig(onChange: () => void): Promise<void> {
    const {config, log} = this.#deps
    const {signal} = this.#stop
    const read = async (): Promise<number> =>
      (await stat(config.path).catch(() => undefined))?.mtimeMs ?? 0
    let last = await read()
    await runEvery(CONFIG_CHECK_MS, {signal, log, name: 'config'}, async () => {
      const now = await read()
      if (now === last) return
      last = now
      onChange()
    })
  }
}

function noAgent(agentsPath: string, problems: string[]): AppError {
  const fix = 'install claude (npm install -g @anthropic-ai/claude-code), or describe a program'
  const found = problems.length === 0 ? '' : ` (${problems.join('; ')})`
  return new AppError('invalid', `no agent to run: ${fix} of your own in ${agentsPath}${found}`)
}
