import type {Log} from '../log.js'
import type {Config} from '../settings/config-file.js'
import type {DaemonSettings} from '../settings/daemon-settings.js'
import type {Settings} from '../settings/settings.js'
import type {Connection} from './connection.js'
import type {Slots} from './slots.js'
import {Wakeup} from './wakeup.js'
import {syncWatchList} from './watch-list.js'
import {type SessionOptions, type SessionStatus, WorkspaceSession} from './workspace-session.js'

export interface FleetOptions {
  settings: Settings
  daemon: DaemonSettings
  /** Workspaces that are watched whatever the config says. */
  extra: string[]
  config: Config
  connection: Connection
  slots: Slots
  agents: SessionOptions['agents']
  onTask: SessionOptions['onTask']
  onPing: SessionOptions['onPing']
  onRegistered: SessionOptions['onRegistered']
  log: Log
}

const SYNC_MS = 30_000
/** While the server cannot be asked. */
const RETRY_SYNC_MS = 3000

/** One session for each watched workspace, kept in step with the watch list (contract §5.4, §5.5). */
export class WorkspaceFleet {
  readonly #options: FleetOptions
  readonly #sessions = new Map<string, WorkspaceSession>()
  readonly #sync = new Wakeup()
  /** Why the watch list could not be brought up to date. */
  problem: string | null = null

  constructor(options: FleetOptions) {
    this.#options = options
  }

  /** Keeps the sessions in step until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const {connection, log} = this.#options
    while (!signal.aborted) {
      this.#sync.reset()
      try {
        await this.#syncOnce(signal)
        this.problem = null
      } catch (error) {
        this.problem = error instanceof Error ? error.message : String(error)
        log.warn({event: 'sync_failed', error: this.problem})
      }
      const interval = connection.status.state === 'ok' ? SYNC_MS : RETRY_SYNC_MS
      await this.#sync.wait(signal, interval * (0.8 + Math.random() * 0.4))
    }
  }

  /** Looks at the watch list now. */
  sync(): void {
    this.#sync.wake()
  }

  /** Lets every runtime look for work. */
  wake(): void {
    for (const session of this.#sessions.values()) session.wake()
  }

  registerAgain(): void {
    for (const session of this.#sessions.values()) session.registerAgain()
  }

  status(): SessionStatus[] {
    return [...this.#sessions.values()].map((session) => session.status())
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session.stop()))
  }

  async #syncOnce(signal: AbortSignal): Promise<void> {
    const {settings, config, connection, extra, log} = this.#options
    const ids = await syncWatchList({
      config,
      stateDir: settings.stateDir,
      serverUrl: settings.serverUrl,
      present: [...this.#sessions.keys()],
      extra,
      memberships: () => connection.call((api) => api.workspaces()),
      log,
    })
    if (signal.aborted) return
    for (const [id, session] of this.#sessions) {
      if (ids.includes(id)) continue
      this.#sessions.delete(id)
      log.info({event: 'workspace_dropped', workspace: id})
      await session.stop()
    }
    for (const id of ids.filter((wanted) => !this.#sessions.has(wanted))) this.#start(id)
  }

  #start(workspaceId: string): void {
    const {daemon, connection, agents, slots, onTask, onPing, onRegistered, log} = this.#options
    const session = new WorkspaceSession({
      workspaceId,
      connection,
      identity: daemon,
      agents,
      slots,
      onTask,
      onPing,
      onRegistered,
      pollIntervalMs: daemon.pollIntervalMs,
      heartbeatIntervalMs: daemon.heartbeatIntervalMs,
      log: log.child({workspace: workspaceId}),
    })
    this.#sessions.set(workspaceId, session)
    session.start()
  }
}
