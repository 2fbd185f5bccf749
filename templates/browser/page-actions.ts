import type {Comment, Issue} from '../../src/protocol/issue.js'
import type {Task} from '../../src/protocol/task.js'
import type {StoredTaskMessage} from '../../src/protocol/task-message.js'
import type {TaskInput, TaskRequest} from '../../src/protocol/task-request.js'
import type {Actions, AssigneeChoice, NewIssueInput} from '../components/actions.js'
import {inputText} from '../components/tool-detail.js'
import type {IssueView} from '../state/page-state.js'
import {RequestError, request} from './http.js'
import type {Store} from './store.js'
import {toLogin} from './workspace.js'

/** Messages that one press of "Show earlier" reads. */
const EARLIER_MESSAGES = 500

type PageActions = Omit<Actions, 'signIn' | 'useLink'>

/** What the buttons of a workspace's page do. What a call answers is shown at once; the stream's event changes nothing then. */
export function createPageActions(store: Store): PageActions {
  const query = () => `workspace_id=${encodeURIComponent(store.state().workspace.id)}`
  const attempt = async (work: () => Promise<void>): Promise<boolean> => {
    try {
      await work()
      return true
    } catch (error) {
      if (error instanceof RequestError && error.status === 401) toLogin()
      store.dispatch({type: 'problem', problem: sentence(error)})
      return false
    }
  }
  const change = (fields: Record<string, unknown>) =>
    attempt(async () => {
      const {view} = store.state()
      if (view.kind !== 'issue') return
      const path = `/api/issues/${view.issue.id}?${query()}`
      const answer = await request<Issue & Enqueued>('PATCH', path, fields)
      store.dispatch(issueEvent(view, answer), problemOf(answer))
    })
  return {
    setStatus: (status) => change({status}),
    setPriority: (priority) => change({priority}),
    setAssignee: (assignee) => change(assigneeFields(assignee, openIssue(store))),
    createIssue: (input) =>
      attempt(async () => {
        const issue = await request<Issue>('POST', `/api/issues?${query()}`, newIssueBody(input))
        location.assign(`/${store.state().workspace.slug}/issues/${issue.number}`)
      }),
    addComment: (content) =>
      attempt(async () => {
        const {view} = store.state()
        if (view.kind !== 'issue') return
        const path = `/api/issues/${view.issue.id}/comments?${query()}`
        const comment = await request<Comment & Enqueued>('POST', path, {content})
        store.dispatch(commentEvent(view, comment), problemOf(comment))
      }),
    cancelTask: (taskId) =>
      attempt(async () => {
        const path = `/api/tasks/${taskId}/cancel?${query()}`
        store.dispatch({type: 'task:fetched', task: await request<Task>('POST', path, {})})
      }),
    answerRequest: (taskId, requestId, answer) =>
      attempt(async () => {
        const path = `/api/tasks/${taskId}/requests/${requestId}/answer`
        const answered = await request<TaskRequest>('POST', path, answer)
        store.dispatch(requestEvent(answered))
      }),
    sendInput: (taskId, text) =>
      attempt(async () => {
        await request<TaskInput>('POST', `/api/tasks/${taskId}/inputs`, {text})
      }),
    retryTask: (taskId) =>
      attempt(async () => {
        const path = `/api/tasks/${taskId}/retry?${query()}`
        location.assign(`/tasks/${(await request<Task>('POST', path, {})).id}`)
      }),
    loadEarlier: (taskId) => attempt(() => loadEarlier(store, taskId)),
    async loadWhole(taskId, seq) {
      let text: string | undefined
      await attempt(async () => {
        const path = `/api/tasks/${taskId}/messages/${seq}`
        const message = await request<StoredTaskMessage>('GET', path)
        text = message.input ? inputText(message.input) : (message.output ?? message.content ?? '')
      })
      return text
    },
    signOut: () =>
      attempt(async () => {
        await request('POST', '/auth/logout', {})
        location.assign('/login')
      }),
    dismissProblem: () => store.dispatch({type: 'problem', problem: undefined}),
  }
}

interface Enqueued {
  /** Why no run was started although one was wanted. */
  enqueue_error?: string
}

const problemOf = ({enqueue_error: problem}: Enqueued) =>
  ({type: 'problem', problem: problem && sentence(problem)}) as const

async function loadEarlier(store: Store, taskId: string): Promise<void> {
  const held = store.state().transcripts[taskId]
  if (!held || held.from <= 1) return
  const from = Math.max(1, held.from - EARLIER_MESSAGES)
  const query = `since=${from - 1}&limit=${held.from - from}`
  const path = `/api/tasks/${taskId}/messages?${query}`
  const messages = await request<StoredTaskMessage[]>('GET', path)
  store.dispatch({type: 'messages:fetched', taskId, messages, from})
}

const openIssue = (store: Store): Issue | undefined => {
  const {view} = store.state()
  return view.kind === 'issue' ? view.issue : undefined
}

/** Whoever puts an agent on an issue that lies in the backlog wants it to begin (contract §7.5). */
function assigneeFields(assignee: AssigneeChoice | null, issue: Issue | undefined) {
  const starts = assignee?.type === 'agent' && issue?.status === 'backlog'
  return {
    assignee_type: assignee?.type ?? null,
    assignee_id: assignee?.id ?? null,
    ...(starts && {status: 'todo'}),
  }
}

function newIssueBody({title, description, priority, assignee}: NewIssueInput) {
  return {
    title,
    description: description.trim() === '' ? null : description,
    priority,
    status: 'todo',
    ...(assignee && {assignee_type: assignee.type, assignee_id: assignee.id}),
  }
}

const requestEvent = (answered: TaskRequest) =>
  ({
    type: 'task:request',
    payload: {task_id: answered.task_id, agent_id: '', issue_id: null, request: answered},
  }) as const

const issueEvent = (_view: IssueView, issue: Issue) =>
  ({
    type: 'issue:updated',
    payload: {
      issue,
      assignee_changed: false,
      status_changed: false,
      priority_changed: false,
      due_date_changed: false,
      description_changed: false,
      title_changed: false,
    },
  }) as const

const commentEvent = ({issue}: IssueView, comment: Comment) =>
  ({
    type: 'comment:created',
    payload: {
      comment,
      issue_title: issue.title,
      issue_assignee_type: issue.assignee_type,
      issue_assignee_id: issue.assignee_id,
      issue_status: issue.status,
    },
  }) as const

export function sentence(problem: unknown): string {
  const text = problem instanceof Error ? problem.message : String(problem)
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?…]$/.test(text) ? '' : '.'}`
}
