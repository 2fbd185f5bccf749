import {delimiter} from 'node:path'
import {type TaskSpec, tokenOf} from '../task-folder/task-spec.js'
import type {WorkFolder} from './work-folder.js'

/**
 * The agent's environment (contract §5.8): the machine's own, the settings of the agent, and what the
 * `multica` command needs inside a task. The token is the task's, never the user's (fault I4);
 * only a server of the original has no other.
 */
export function agentEnvironment(
  spec: TaskSpec,
  folder: WorkFolder,
  inherited: Readonly<Record<string, string>>,
): Record<string, string> {
  const {task} = spec
  const own = Object.fromEntries(
    Object.entries(inherited).filter(([name]) => !name.startsWith('MULTICA_')),
  )
  return {
    ...own,
    ...spec.settings.env,
    // Where detection has found the agent, too.
    PATH: [spec.cli_bin, spec.settings.env?.PATH ?? inherited.PATH].filter(Boolean).join(delimiter),
    TMPDIR: folder.tempDir,
    MULTICA_TOKEN: tokenOf(spec) ?? '',
    MULTICA_SERVER_URL: spec.server_url,
    MULTICA_DAEMON_PORT: String(spec.daemon_port),
    MULTICA_WORKSPACE_ID: task.workspace_id,
    MULTICA_AGENT_NAME: task.agent?.name || 'agent',
    MULTICA_AGENT_ID: task.agent_id,
    MULTICA_TASK_ID: task.id,
    ...(task.issue_id && {MULTICA_ISSUE_ID: task.issue_id}),
    // A config of the user's must not be found: it holds the user's own token.
    MULTICA_HOME: folder.tempDir,
  }
}
