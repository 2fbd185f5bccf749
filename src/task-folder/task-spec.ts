import type {AgentSettings} from '../agents/adapter.js'
import type {LocalDir} from '../protocol/issue.js'
import type {ClaimedTask, TaskUsage} from '../protocol/task.js'

/**
 * What the daemon hands to a worker, as `spec.json` (mode 0600) in the task's state folder. It holds
 * the task token, so that a worker can be started again for the same task and attempt.
 */
export interface TaskSpec {
  server_url: string
  task: ClaimedTask
  /** The user's own token, for a server of the original only: it has no tokens of tasks (contract §5.8). */
  user_token?: string
  /** Provider of the runtime that claimed the task: `claude`, or a name in agents.json. */
  provider: string
  settings: AgentSettings
  /** Root of all work folders (contract §5.9). */
  workspaces_root: string
  daemon_id: string
  /** Port of the daemon's local API; the agent's environment carries it. */
  daemon_port: number
  /** Folder with an executable `multica`, put in front of the agent's PATH. */
  cli_bin: string
  limits: WorkerLimits
  /** A folder of the user, who has allowed it: links followed. */
  local_dir?: LocalDir
}

/** The token with which a run talks to its server. */
export function tokenOf({task, user_token}: TaskSpec): string | undefined {
  return task.task_token ?? user_token
}

export interface WorkerLimits {
  /** Longest silence of an agent without a tool in flight (design §4.7). */
  inactivity_ms: number
  /** The same while a tool runs. */
  tool_inactivity_ms: number
  /** From the first signal to SIGKILL. */
  kill_grace_ms: number
  /** Wall-clock limit of a run; null unless the user set MULTICA_AGENT_TIMEOUT. */
  timeout_ms: number | null
}

/** `worker.json`: who works on the task, rewritten atomically at each change. */
export interface WorkerRecord {
  pid: number
  /** Start time of the process as the system tells it: a recycled pid has another one. */
  pid_start: string
  phase: 'preparing' | 'running' | 'stopping' | 'uploading'
  agent_pid?: number
  agent_pid_start?: string
  session_id?: string
  usage?: TaskUsage
  last_seq: number
  acked_seq: number
  /** When the server last took something new. */
  acked_at?: string | null
  /** Since when something waits for the server's next answer; null: it has everything. */
  waiting_since?: string | null
  /** Messages that the server will never have. */
  lost: number
}
