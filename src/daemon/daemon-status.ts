import type {ConnectionStatus} from './connection.js'
import type {Holder} from './state-file.js'
import type {SupervisedTask} from './task-supervisor.js'
import type {SessionStatus} from './workspace-session.js'

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
  /** `starting` until agents are known, `waiting` until a runtime is registered. */
  state: 'starting' | 'waiting' | 'ready' | 'stopping'
  since: string
  profile: string | null
  port: number
  connection: ConnectionStatus
  capacity: {used: number; total: number}
  tasks: SupervisedTask[]
  sessions: SessionStatus[]
  paths: Record<'config' | 'agents' | 'state' | 'log' | 'workspaces_root', string>
  /** Variables that send the daemon's calls through a proxy (fault K2). */
  proxy: string[]
  problem: string | null
  /** Why something in agents.json or on the PATH cannot be run. */
  agent_problems: string[]
}

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
  holder: Holder
}

export type AnyStatus = DaemonStatus | StoppedStatus | SilentStatus
