import type {ProxyInUse} from '../client/proxy-in-use.js'
import type {Settings} from '../settings/settings.js'
import type {ConnectionStatus} from './connection.js'
import type {Holder} from './state-file.js'
import type {SupervisedTask} from './supervised-task.js'
import type {SessionStatus} from './workspace-session.js'

/** Who holds the lock of this machine and profile; its secret stays in the state file. */
export type LockHolder = Pick<Holder, 'pid' | 'since' | 'server_url' | 'port' | 'mode'>

/** The document of `GET /health`: the original's fields (contract §5.14), then ours. */
export interface DaemonStatus {
  status: 'running'
  pid: number
  /** In Go's syntax, cut to seconds. */
  uptime: string
  daemon_id: string
  device_name: string
  server_url: string
  agents: string[]
  workspaces: {id: string; runtimes: string[]}[]
  /** `starting` until agents are known, `waiting` until a runtime is registered, `draining` while nothing is claimed. */
  state: 'starting' | 'waiting' | 'ready' | 'draining' | 'stopping'
  since: string
  profile: string | null
  port: number
  connection: ConnectionStatus
  capacity: {used: number; total: number}
  tasks: SupervisedTask[]
  sessions: SessionStatus[]
  paths: Record<'config' | 'agents' | 'state' | 'log' | 'workspaces_root', string>
  /** Null: calls go straight to the server. */
  proxy: ProxyInUse | null
  /** All runs of this daemon: what waits for the server, and what it will never have. */
  transcripts: {lag_messages: number; lag_ms: number; lost: number}
  lock: LockHolder | null
  problem: string | null
  /** Why something in agents.json or on the PATH cannot be run. */
  agent_problems: string[]
}

/** Where everything lies, for people (fault L3). */
export const statusPaths = (settings: Settings): DaemonStatus['paths'] => ({
  config: settings.configPath,
  agents: settings.agentsPath,
  state: settings.stateDir,
  log: settings.logPath,
  workspaces_root: settings.workspacesRoot,
})

/** What is known of a daemon that does not run. */
export interface StoppedStatus {
  status: 'stopped'
  profile: string | null
  server_url: string
  paths: DaemonStatus['paths']
}

/** The lock is held, but nobody answers on the local API. */
export interface SilentStatus extends Omit<StoppedStatus, 'status'> {
  status: 'not_responding'
  holder: LockHolder
}

export type AnyStatus = DaemonStatus | StoppedStatus | SilentStatus
