import type {Transaction} from 'sequelize'
import type {TaskStatusEvent, WorkspaceEvent} from '../../src/protocol/events.js'
import type {Task} from '../../src/protocol/task.js'
import type {ServerContext} from '../context.js'
import type {Task as TaskRow} from '../models/task.js'
import {lastSeqs} from './last-seq.js'
import {time, timeOrNull} from './serialise.js'

/** Task rows as the API shows them, with the names that readers want, in four queries for any number. */
export async function viewTasks(
  context: ServerContext,
  rows: readonly TaskRow[],
  tx?: Transaction,
): Promise<Task[]> {
  const {Agent, Issue, Workspace} = context.db.models
  const ids = (values: (string | null)[]) => [...new Set(values.filter((id) => id !== null))]
  const options = tx ? {transaction: tx} : {}
  const agents = await Agent.findAll({
    where: {id: ids(rows.map((row) => row.agent_id))},
    attributes: ['id', 'name'],
    ...options,
  })
  const issues = await Issue.findAll({
    where: {id: ids(rows.map((row) => row.issue_id))},
    attributes: ['id', 'number', 'title'],
    ...options,
  })
  const workspaces = await Workspace.findAll({
    where: {id: ids(rows.map((row) => row.workspace_id))},
    attributes: ['id', 'issue_prefix'],
    ...options,
  })
  const unsealed = rows.filter((row) => !row.sealed_at).map((row) => row.id)
  const marks = await lastSeqs(context.db, unsealed, tx)
  return rows.map((row) => {
    const issue = issues.find(({id}) => id === row.issue_id)
    const prefix = workspaces.find(({id}) => id === row.workspace_id)?.issue_prefix
    return {
      ...viewRow(row),
      agent_name: agents.find(({id}) => id === row.agent_id)?.name ?? '',
      issue_identifier: issue ? `${prefix}-${issue.number}` : null,
      issue_title: issue?.title ?? null,
      last_seq: row.sealed_at ? row.last_seq : (marks.get(row.id) ?? 0),
    }
  })
}

export async function viewTask(
  context: ServerContext,
  row: TaskRow,
  tx?: Transaction,
): Promise<Task> {
  const [task] = await viewTasks(context, [row], tx)
  return task as Task
}

function viewRow(row: TaskRow) {
  return {
    id: row.id,
    workspace_id: row.workspace_id,
    agent_id: row.agent_id,
    runtime_id: row.runtime_id,
    issue_id: row.issue_id ?? null,
    status: row.status,
    priority: row.priority,
    attempt: row.attempt,
    parent_task_id: row.parent_task_id ?? null,
    dispatched_at: timeOrNull(row.dispatched_at),
    started_at: timeOrNull(row.started_at),
    completed_at: timeOrNull(row.completed_at),
    sealed_at: timeOrNull(row.sealed_at),
    pruned_at: timeOrNull(row.pruned_at),
    created_at: time(row.created_at),
    result: row.result ?? null,
    error: row.error ?? null,
    end_reason: row.end_reason ?? null,
    progress: row.progress ?? null,
    usage: row.usage ?? null,
    diff: row.diff ?? null,
    session_id: row.session_id ?? null,
    max_cost_usd: row.max_cost_usd ?? null,
    open_requests: row.open_requests,
  }
}

/** What `task:status` says of a task (stream §5.2). */
export function statusPayload(row: TaskRow): TaskStatusEvent {
  return {
    task_id: row.id,
    workspace_id: row.workspace_id,
    issue_id: row.issue_id ?? null,
    agent_id: row.agent_id,
    runtime_id: row.runtime_id,
    status: row.status,
    attempt: row.attempt,
    created_at: time(row.created_at),
    dispatched_at: timeOrNull(row.dispatched_at),
    started_at: timeOrNull(row.started_at),
    completed_at: timeOrNull(row.completed_at),
    error: row.error ?? null,
    end_reason: row.end_reason ?? null,
    progress: row.progress ?? null,
    usage: row.usage ?? null,
    diff: row.diff ?? null,
    open_requests: row.open_requests,
    inbox_version: row.inbox_version,
  }
}

export const statusEvent = (row: TaskRow): WorkspaceEvent => ({
  type: 'task:status',
  payload: statusPayload(row),
})
