import {join} from 'node:path'
import {AppError} from '../errors.js'
import type {Runtime} from '../protocol/runtime.js'
import type {ClaimedTask} from '../protocol/task.js'
import {formatDuration} from '../settings/duration.js'
import type {TaskSpec} from '../task-folder/task-spec.js'
import {AgentCatalog, noAgent} from './agent-catalog.js'
import {requireAllowed} from './allowed-dirs.js'
import {buildTaskSpec} from './build-task-spec.js'
import {writeCliShim} from './cli-shim.js'
import type {DaemonConfig, DaemonDeps} from './daemon-options.js'
import {type DaemonStatus, statusPaths} from './daemon-status.js'
import {PINGS_FOLDER} from './disk/disk-item.js'
import {type DiskLoop, openDiskLoop} from './disk/disk-loop.js'
import {Drain} from './drain.js'
import {failTask} from './fail-task.js'
import {type HealthServer, startHealthServer} from './health-server.js'
import {acquireLock, type DaemonLock, lockHolder} from './lock.js'
import {Pings} from './pings.js'
import {RepoCheckouts} from './repo-checkouts.js'
import {runEvery} from './run-every.js'
import {Slots} from './slots.js'
import {stopWorkers} from './stop-workers.js'
import {sumDelivery} from './supervised-task.js'
import {TaskSupervisor} from './task-supervisor.js'
import {runUsageReports} from './usage-reporter.js'
import {watchConfig} from './watch-config.js'
import {WorkspaceFleet} from './workspace-fleet.js'

const PROBE_MS = 120_000
/** Longer than the grace of an agent that ignores signals. */
const STOP_TASKS_MS = 20_000

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
  readonly #disk: DiskLoop
  readonly #drain: Drain
  readonly #pings: Pings
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
        failTask(
          {serverUrl: config.settings.serverUrl, userToken: deps.connection.token},
          failure,
          {signal, log: deps.log},
        ),
      onEnd: () => {
        this.#fleet.wake()
        this.#disk.wake()
      },
      log: deps.log,
    })
    this.#fleet = this.#createFleet()
    this.#checkouts = new RepoCheckouts({
      specOf: (taskId) => this.#supervisor.specOf(taskId),
      env: deps.env,
    })
    this.#pings = new Pings({
      slots: this.#slots,
      connection: deps.connection,
      find: (provider) => this.#catalog.find(provider),
      env: deps.env,
      root: join(config.settings.workspacesRoot, PINGS_FOLDER),
      log: deps.log,
    })
    this.#disk = openDiskLoop({...config, ...deps})
    this.#drain = new Drain({
      slots: this.#slots,
      control: () => this.#lock?.holder.control,
      // A claim that is on its way has its slot already.
      count: () => Math.max(this.#supervisor.count, this.#slots.used),
      log: deps.log,
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
    const {mode, flags} = this.#config
    this.#lock = await acquireLock({
      stateDir,
      pidPath,
      serverUrl,
      profile,
      processStart,
      ...(mode && {mode}),
      ...(flags && {flags}),
    })
    try {
      this.#health = await startHealthServer({
        port: this.#config.daemon.healthPort,
        health: () => this.status(),
        posts: {
          '/repo/checkout': (body, token) => this.#checkouts.answer(body, token),
          '/drain': (body, token) => this.#drain.answer(body, token),
        },
      })
      await this.#lock.setPort(this.#health.port)
      this.#cliBin = await writeCliShim(stateDir, this.#deps.env)
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
    const tasks = await this.#supervisor.list()
    return {
      status: 'running',
      pid: process.pid,
      uptime: formatDuration(Math.floor((Date.now() - this.#startedAt) / 1000) * 1000),
      daemon_id: daemon.daemonId,
      device_name: daemon.deviceName,
      server_url: settings.serverUrl,
      agents: this.#catalog.list().map(({provider}) => provider),
      workspaces: sessions.map(({id, runtimes}) => ({id, runtimes: runtimes.map((r) => r.id)})),
      state: this.#drain.active && this.#state === 'ready' ? 'draining' : this.#state,
      since: new Date(this.#startedAt).toISOString(),
      profile: settings.profile ?? null,
      port: this.#health?.port ?? 0,
      connection: this.#deps.connection.status,
      capacity: {used: this.#supervisor.count, total: this.#slots.capacity},
      tasks,
      transcripts: sumDelivery(tasks, this.#supervisor.lost),
      lock: this.#lock ? lockHolder(this.#lock.holder) : null,
      sessions,
      paths: statusPaths(settings),
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
    this.#drain.stop()
    await this.#pings.stop()
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
      onPing: (pingId, {id, provider}) => this.#pings.answer({pingId, runtimeId: id, provider}),
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
    const ids = remaining.map(({id}) => id)
    if (ids.length > 0) log.warn({event: 'workers_still_stopping', tasks: ids})
  }

  #startLoops(): void {
    const {signal} = this.#stop
    const {daemon} = this.#config
    const {log, config, connection, env} = this.#deps
    this.#loops = Promise.all([
      this.#fleet.run(signal),
      runEvery(PROBE_MS, {signal, log, name: 'detection'}, () => this.#probe()),
      this.#disk.run(signal),
      runUsageReports(daemon.usageScan, signal, {
        connection,
        agents: () => this.#catalog.list(),
        runtimes: () => this.#fleet.status().flatMap(({runtimes}) => runtimes),
        env,
        log,
      }),
      watchConfig(config.path, {signal, log}, () => {
        connection.refresh()
        this.#fleet.sync()
      }),
    ])
  }

  async #buildSpec(task: ClaimedTask, runtime: Runtime): Promise<TaskSpec> {
    const {settings, daemon} = this.#config
    const agent = this.#catalog.find(runtime.provider)
    if (!agent) throw new AppError('invalid', `agent "${runtime.provider}" is not installed here`)
    const {local_dir: dir} = task
    const path = dir && (await requireAllowed(settings.stateDir, dir.path))
    const spec = buildTaskSpec(task, agent, {
      serverUrl: settings.serverUrl,
      userToken: this.#deps.connection.token,
      workspacesRoot: settings.workspacesRoot,
      daemonPort: this.#health?.port ?? 0,
      cliBin: this.#cliBin,
      daemon,
    })
    return dir && path ? {...spec, local_dir: {...dir, path}} : spec
  }

  async #probe(): Promise<void> {
    if (!(await this.#catalog.refresh(this.#stop.signal))) return
    this.#fleet.registerAgain()
  }
}
