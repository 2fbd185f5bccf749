import type {Agent} from './agent.js'
import type {Comment, Issue, TimelineEntry} from './issue.js'
import type {Runtime} from './runtime.js'
import type {Task, TaskProgress, TaskStatus, TaskUsage} from './task.js'
import type {DiffSummary} from './task-diff.js'
import type {StoredTaskMessage} from './task-message.js'
import type {TaskInput, TaskRequest} from './task-request.js'
import type {Member, Workspace} from './workspace.js'

/** What `task:status` tells at every change of a task's status, enqueue, start and cancel included (stream §5). */
export interface TaskStatusEvent {
  task_id: string
  workspace_id: string
  issue_id: string | null
  agent_id: string
  runtime_id: string
  status: TaskStatus
  attempt: number
  created_at: string
  dispatched_at: string | null
  started_at: string | null
  completed_at: string | null
  error: string | null
  end_reason: string | null
  progress: TaskProgress | null
  usage: TaskUsage | null
  diff: DiffSummary | null
  /** Requests to people that have no answer yet. */
  open_requests: number
  /** Rises with all that people have for the run. */
  inbox_version: number
}

/** Last event of a task's stream (stream §5.2). */
export interface TaskEndEvent {
  task_id: string
  status: TaskStatus
  last_seq: number
  /** False: the worker is away, and what it still has is taken when it comes back (stream §7). */
  sealed: boolean
  end_reason: string | null
  error: string | null
  result: Task['result']
  usage: TaskUsage | null
  diff: DiffSummary | null
}

/** Events of a workspace, each stored with a number of that workspace (contract §3.3). */
export interface WorkspaceEvents {
  'issue:created': {issue: Issue}
  'issue:updated': {
    issue: Issue
    assignee_changed: boolean
    status_changed: boolean
    priority_changed: boolean
    due_date_changed: boolean
    description_changed: boolean
    title_changed: boolean
    [previous: string]: unknown
  }
  'issue:deleted': {issue_id: string}
  'comment:created': {
    comment: Comment
    issue_title: string
    issue_assignee_type: string | null
    issue_assignee_id: string | null
    issue_status: string
  }
  'comment:updated': {comment: Comment}
  'comment:deleted': {comment_id: string; issue_id: string}
  'activity:created': {issue_id: string; entry: TimelineEntry}
  'agent:status': {agent: Agent}
  'agent:created': {agent: Agent}
  'agent:deleted': {agent_id: string; workspace_id: string}
  'task:dispatch': {task_id: string; runtime_id: string; issue_id: string | null; agent_id: string}
  'task:progress': {task_id: string; issue_id: string | null} & TaskProgress
  'task:status': TaskStatusEvent
  'task:completed': {
    task_id: string
    agent_id: string
    issue_id: string | null
    status: 'completed'
  }
  'task:failed': {task_id: string; agent_id: string; issue_id: string | null; status: 'failed'}
  /** A running agent asks people, or a request has come to its end. */
  'task:request': {
    task_id: string
    agent_id: string
    issue_id: string | null
    request: TaskRequest
  }
  /** A person's message to a running agent, at each step of its way. */
  'task:input': {task_id: string; agent_id: string; issue_id: string | null; input: TaskInput}
  'workspace:updated': {workspace: Workspace}
  'workspace:deleted': {workspace_id: string}
  'member:added': {member: Member; workspace_name?: string}
  'member:updated': {member: Member}
  'member:removed': {member_id: string; workspace_id: string; user_id: string}
  'skill:created': {skill: unknown}
  'skill:updated': {skill: unknown}
  'skill:deleted': {skill_id: string}
  'runtime:ping': {runtime_id: string; ping_id: string}
  'daemon:register': {runtimes?: Runtime[]; action?: 'deregister' | 'stale_sweep'}
}

export type WorkspaceEventName = keyof WorkspaceEvents

/** A stored event, ready to be appended or sent. */
export type WorkspaceEvent = {
  [N in WorkspaceEventName]: {type: N; payload: WorkspaceEvents[N]}
}[WorkspaceEventName]

/** Everything that can come on `GET /api/tasks/{id}/stream` (stream §5.2). */
export type TaskStreamEvent =
  | {event: 'task:message'; id: number; data: StoredTaskMessage}
  | {event: 'task:status'; data: TaskStatusEvent}
  | {event: 'task:progress'; data: WorkspaceEvents['task:progress']}
  | {event: 'end'; data: TaskEndEvent}
