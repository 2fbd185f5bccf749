import type {AgentSettings} from '../agents/adapter.js'
import type {ClaimedTask} from '../protocol/task.js'
import type {DaemonSettings} from '../settings/daemon-settings.js'
import type {TaskSpec} from '../task-folder/task-spec.js'

/** From the first signal of a stop to SIGKILL (design §4.7). */
const KILL_GRACE_MS = 10_000

export interface SpecContext {
  serverUrl: string
  /** Handed on only when the server has given the task no token of its own. */
  userToken: string
  workspacesRoot: string
  daemonPort: number
  cliBin: string
  daemon: DaemonSettings
}

/** Everything that a worker needs to run a claimed task without the daemon. */
export function buildTaskSpec(
  task: ClaimedTask,
  agent: {provider: string; settings: AgentSettings},
  context: SpecContext,
): TaskSpec {
  const {daemon} = context
  return {
    server_url: context.serverUrl,
    task,
    ...(!task.task_token && {user_token: context.userToken}),
    provider: agent.provider,
    settings: agent.settings,
    workspaces_root: context.workspacesRoot,
    daemon_id: daemon.daemonId,
    daemon_port: context.daemonPort,
    cli_bin: context.cliBin,
    limits: {
      inactivity_ms: daemon.inactivityMs,
      tool_inactivity_ms: daemon.toolInactivityMs,
      kill_grace_ms: KILL_GRACE_MS,
      timeout_ms: daemon.agentTimeoutMs,
    },
  }
}
