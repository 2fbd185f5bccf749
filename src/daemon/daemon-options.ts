import type {AgentSettings} from '../agents/adapter.js'
import type {ProxyInUse} from '../client/proxy-in-use.js'
import type {Log} from '../log.js'
import type {Config} from '../settings/config-file.js'
import type {DaemonSettings} from '../settings/daemon-settings.js'
import type {Settings} from '../settings/settings.js'
import type {CatalogOptions} from './agent-catalog.js'
import type {Connection} from './connection.js'
import type {ProcessStart} from './lock.js'
import type {Holder} from './state-file.js'
import type {SupervisorOptions} from './task-supervisor.js'

export interface DaemonConfig {
  settings: Settings
  daemon: DaemonSettings
  /** Agents that the caller brings along. */
  agents: Record<string, AgentSettings>
  /** Workspaces that are watched whatever the config says. */
  workspaces: string[]
  proxy: ProxyInUse | null
  /** Who started this daemon and with which flags, for those who stop and restart it. */
  mode?: Holder['mode']
  flags?: string[]
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
