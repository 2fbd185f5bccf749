import type {TaskStatusEvent, WorkspaceEvents} from '../../src/protocol/events.js'
import type {EndReason, Task} from '../../src/protocol/task.js'
import {isActive} from '../text/task-status.js'
import type {PageState} from './page-state.js'
import {withoutRequests} from './reduce-requests.js'

type TaskEvent =
  | {type: 'task:status'; payload: TaskStatusEvent}
  | {type: 'task:progress'; payload: WorkspaceEvents['task:progress']}
  | {type: 'task:fetched'; task: Task}

/** Runs that the page shows: those of its issue, the one of its address, or all that are active. */
export function reduceTasks(state: PageState, event: TaskEvent): PageState {
  switch (event.type) {
    case 'task:status':
      return withStatus(state, event.payload)
    case 'task:progress': {
      const {task_id, summary, step, total} = event.payload
      return change(state, task_id, (task) => ({...task, progress: {summary, step, total}}))
    }
    case 'task:fetched':
      return put(state, event.task)
  }
}

function withStatus(state: PageState, event: TaskStatusEvent): PageState {
  const known = state.tasks.find(({id}) => id === event.task_id)
  const task: Task = {
    ...(known ?? unknownTask(state, event)),
    status: event.status,
    attempt: event.attempt,
    dispatched_at: event.dispatched_at,
    started_at: event.started_at,
    completed_at: event.completed_at,
    error: event.error,
    end_reason: event.end_reason as EndReason | null,
    progress: event.progress,
    usage: event.usage,
    open_requests: event.open_requests,
    diff: event.diff,
  }
  const next = put(state, task)
  const {view} = state
  // The changes themselves are too large for an event.
  const news = view.kind === 'task' && view.changes === null && task.id === view.taskId && task.diff
  return news ? {...next, stale: true} : next
}

function put(before: PageState, task: Task): PageState {
  const state = task.open_requests === 0 ? withoutRequests(before, task.id) : before
  if (state.tasks.some(({id}) => id === task.id)) {
    const tasks = state.tasks.map((old) => (old.id === task.id ? task : old))
    return {...state, tasks: listsActiveOnly(state) ? tasks.filter(isRunning) : tasks}
  }
  if (!belongs(state, task)) return state
  return {...state, tasks: [...state.tasks, task].sort(newestFirst)}
}

function belongs({view}: PageState, task: Task): boolean {
  if (view.kind === 'issue') return task.issue_id === view.issue.id
  if (view.kind === 'task') return task.id === view.taskId
  return isActive(task.status)
}

const listsActiveOnly = ({view}: PageState): boolean =>
  view.kind !== 'issue' && view.kind !== 'task'
const isRunning = ({status}: Task): boolean => isActive(status)
const newestFirst = (a: Task, b: Task): number =>
  b.created_at.localeCompare(a.created_at) || b.id.localeCompare(a.id)

function change(state: PageState, taskId: string, apply: (task: Task) => Task): PageState {
  if (!state.tasks.some(({id}) => id === taskId)) return state
  return {...state, tasks: state.tasks.map((task) => (task.id === taskId ? apply(task) : task))}
}

/** A run that began while the page was open: the event and the agents of the page tell all of it. */
function unknownTask({agents, view}: PageState, event: TaskStatusEvent): Task {
  const issue = view.kind === 'issue' && view.issue.id === event.issue_id ? view.issue : undefined
  return {
    id: event.task_id,
    workspace_id: event.workspace_id,
    agent_id: event.agent_id,
    agent_name: agents.find(({id}) => id === event.agent_id)?.name ?? 'Agent',
    runtime_id: event.runtime_id,
    issue_id: event.issue_id,
    issue_identifier: issue?.identifier ?? null,
    issue_title: issue?.title ?? null,
    status: event.status,
    priority: 0,
    attempt: event.attempt,
    parent_task_id: null,
    dispatched_at: null,
    started_at: null,
    completed_at: null,
    sealed_at: null,
    created_at: event.created_at,
    result: null,
    error: null,
    end_reason: null,
    pruned_at: null,
    progress: null,
    usage: null,
    diff: null,
    max_cost_usd: null,
    session_id: null,
    open_requests: 0,
    last_seq: 0,
  }
}
