import {randomUUID} from 'node:crypto'
import type {Agent, AgentChange, NewAgent, Skill} from '../protocol/agent.js'
import type {
  Comment,
  Issue,
  IssueChange,
  IssueList,
  NewComment,
  NewIssue,
  TimelineEntry,
} from '../protocol/issue.js'
import type {Ping, PingResult} from '../protocol/ping.js'
import type {HeartbeatAnswer, RegisterAnswer, RegisterBody, Runtime} from '../protocol/runtime.js'
import type {
  CancelledBody,
  ClaimAnswer,
  CompleteBody,
  FailBody,
  ProgressBody,
  RetryBody,
  SessionBody,
  Task,
  TaskStatus,
  UploadAnswer,
} from '../protocol/task.js'
import type {DiffBody, TaskDiff} from '../protocol/task-diff.js'
import type {StoredTaskMessage, TaskMessage} from '../protocol/task-message.js'
import type {
  InputReceipt,
  NewTaskRequest,
  RequestAnswer,
  RequestClosing,
  TaskInbox,
  TaskInput,
  TaskRequest,
} from '../protocol/task-request.js'
import type {
  RuntimeUsageEntry,
  RunUsage,
  UsageAnswer,
  UsageBody,
  UsageGroup,
} from '../protocol/usage.js'
import type {
  Member,
  NewWorkspace,
  PersonalAccessToken,
  PruneAnswer,
  PruneBody,
  User,
  Workspace,
  WorkspaceChange,
} from '../protocol/workspace.js'
import type {HttpClient, Query, RequestOptions} from './http-client.js'

/** What a creating call tells of the run that it started. */
export interface Enqueued {
  enqueued_task_id?: string
  enqueue_error?: string
}

export type Api = ReturnType<typeof createApi>

type CallOptions = Pick<RequestOptions, 'signal' | 'timeoutMs'>

/** One method per endpoint, no policy: no retry, no default, no output. */
export function createApi(client: HttpClient) {
  const get = <T>(path: string, query?: Query, options?: CallOptions) =>
    client.request<T>('GET', path, {...(query && {query}), ...options})
  const post = <T>(path: string, body: unknown = {}, options?: RequestOptions) =>
    client.request<T>('POST', path, {body, ...options})
  /** A repeat of the same call creates nothing twice. */
  const create = <T>(path: string, body: unknown) =>
    post<T>(path, body, {headers: {'idempotency-key': randomUUID()}})
  return {
    client,
    ...accounts(get, create, client),
    ...issues(get, create, client),
    ...tasks(get, post),
    ...daemonCalls(post, get, client),
  }
}

type Get = <T>(path: string, query?: Query, options?: CallOptions) => Promise<T>
type Create = <T>(path: string, body: unknown) => Promise<T>
type Post = <T>(path: string, body?: unknown, options?: RequestOptions) => Promise<T>

function accounts(get: Get, create: Create, client: HttpClient) {
  return {
    me: () => get<User>('/api/me'),
    tokens: () => get<PersonalAccessToken[]>('/api/tokens'),
    createToken: (name: string, expiresInDays?: number) =>
      create<PersonalAccessToken>('/api/tokens', {
        name,
        ...(expiresInDays !== undefined && {expires_in_days: expiresInDays}),
      }),
    revokeToken: (id: string) =>
      client.request<void>('DELETE', `/api/tokens/${encodeURIComponent(id)}`),
    createSignInLink: () => create<{url: string; expires_at: string}>('/api/sign-in-links', {}),
    workspaces: (options?: CallOptions) => get<Workspace[]>('/api/workspaces', undefined, options),
    workspace: (id: string) => get<Workspace>(`/api/workspaces/${encodeURIComponent(id)}`),
    prune: (id: string, body: PruneBody) =>
      client.request<PruneAnswer>('POST', `/api/workspaces/${encodeURIComponent(id)}/prune`, {
        body,
        timeoutMs: 120_000,
      }),
    changeWorkspace: (id: string, body: WorkspaceChange) =>
      client.request<Workspace>('PATCH', `/api/workspaces/${encodeURIComponent(id)}`, {body}),
    createWorkspace: (body: NewWorkspace) => create<Workspace>('/api/workspaces', body),
    members: (workspaceId: string) =>
      get<Member[]>(`/api/workspaces/${encodeURIComponent(workspaceId)}/members`),
    agents: () => get<Agent[]>('/api/agents'),
    agent: (id: string) => get<Agent>(`/api/agents/${encodeURIComponent(id)}`),
    createAgent: (body: NewAgent) => create<Agent>('/api/agents', body),
    updateAgent: (id: string, body: AgentChange) =>
      client.request<Agent>('PUT', `/api/agents/${encodeURIComponent(id)}`, {body}),
    skills: () => get<Skill[]>('/api/skills'),
    runtimes: () => get<Runtime[]>('/api/runtimes'),
    ping: (runtimeId: string) =>
      client.request<Ping>('POST', `/api/runtimes/${encodeURIComponent(runtimeId)}/ping`),
    pingOf: (runtimeId: string, pingId: string) =>
      get<Ping>(`/api/runtimes/${encodeURIComponent(runtimeId)}/ping/${pingId}`),
    runtimeUsage: (id: string, days: number) =>
      get<RuntimeUsageEntry[]>(`/api/runtimes/${encodeURIComponent(id)}/usage`, {days}),
    usage: (query: {days: number; by: UsageGroup}) => get<RunUsage>('/api/usage', query),
  }
}

function issues(get: Get, create: Create, client: HttpClient) {
  const path = (id: string, rest = '') => `/api/issues/${encodeURIComponent(id)}${rest}`
  return {
    issues: (query: Query = {}) => get<IssueList>('/api/issues', query),
    issue: (id: string) => get<Issue>(path(id)),
    createIssue: (body: NewIssue) => create<Issue & Enqueued>('/api/issues', body),
    updateIssue: (id: string, body: IssueChange) =>
      client.request<Issue & Enqueued>('PUT', path(id), {body}),
    deleteIssue: (id: string) => client.request<void>('DELETE', path(id)),
    comments: (id: string) => get<Comment[]>(path(id, '/comments')),
    addComment: (id: string, body: NewComment) =>
      create<Comment & Enqueued>(path(id, '/comments'), body),
    deleteComment: (id: string) =>
      client.request<void>('DELETE', `/api/comments/${encodeURIComponent(id)}`),
    timeline: (id: string) => get<TimelineEntry[]>(path(id, '/timeline')),
    activeTask: (id: string) => get<{task: Task | null}>(path(id, '/active-task')),
    issueTasks: (id: string) => get<Task[]>(path(id, '/tasks')),
  }
}

function tasks(get: Get, post: Post) {
  const path = (id: string, rest = '') => `/api/tasks/${encodeURIComponent(id)}${rest}`
  return {
    tasks: (query: Query = {}) => get<{tasks: Task[]; total: number}>('/api/tasks', query),
    task: (id: string) => get<Task>(path(id)),
    retryTask: (id: string, body: RetryBody = {}) =>
      post<Task>(path(id, '/retry'), body, {headers: {'idempotency-key': randomUUID()}}),
    taskDiff: (id: string) => get<TaskDiff>(path(id, '/diff')),
    cancelTask: (id: string) => post<Task>(path(id, '/cancel')),
    messages: (id: string, query: Query = {}) =>
      get<StoredTaskMessage[]>(path(id, '/messages'), query),
    requests: (id: string, query: Query = {}) => get<TaskRequest[]>(path(id, '/requests'), query),
    answerRequest: (id: string, requestId: string, body: RequestAnswer) =>
      post<TaskRequest>(path(id, `/requests/${encodeURIComponent(requestId)}/answer`), body),
    sendInput: (id: string, text: string) =>
      post<TaskInput>(path(id, '/inputs'), {text}, {headers: {'idempotency-key': randomUUID()}}),
    input: (id: string, inputId: string) => get<TaskInput>(path(id, `/inputs/${inputId}`)),
    message: (id: string, seq: number) => get<StoredTaskMessage>(path(id, `/messages/${seq}`)),
  }
}

function daemonCalls(post: Post, get: Get, client: HttpClient) {
  const task = (id: string, verb: string) => `/api/daemon/tasks/${id}/${verb}`
  return {
    register: (body: RegisterBody, options?: CallOptions) =>
      post<RegisterAnswer>('/api/daemon/register', body, options),
    deregister: (runtimeIds: string[], options?: CallOptions) =>
      post<void>('/api/daemon/deregister', {runtime_ids: runtimeIds}, options),
    heartbeat: (runtimeId: string, options?: CallOptions) =>
      post<HeartbeatAnswer>('/api/daemon/heartbeat', {runtime_id: runtimeId}, options),
    pingResult: (runtimeId: string, pingId: string, body: PingResult, options?: CallOptions) =>
      post<void>(`/api/daemon/runtimes/${runtimeId}/ping/${pingId}/result`, body, options),
    reportUsage: (runtimeId: string, body: UsageBody, options?: CallOptions) =>
      post<UsageAnswer>(`/api/daemon/runtimes/${runtimeId}/usage`, body, options),
    claim: (runtimeId: string, options?: CallOptions) =>
      post<ClaimAnswer>(`/api/daemon/runtimes/${runtimeId}/tasks/claim`, {}, options),
    pendingTasks: (runtimeId: string) =>
      get<Task[]>(`/api/daemon/runtimes/${runtimeId}/tasks/pending`),
    taskStatus: (taskId: string, options?: CallOptions) =>
      get<{status: TaskStatus}>(task(taskId, 'status'), undefined, options),
    start: (taskId: string, options?: CallOptions) =>
      post<Task>(task(taskId, 'start'), {}, options),
    progress: (taskId: string, body: ProgressBody, options?: CallOptions) =>
      post<void>(task(taskId, 'progress'), body, options),
    uploadMessages: (taskId: string, messages: readonly TaskMessage[], options?: CallOptions) =>
      post<UploadAnswer>(task(taskId, 'messages'), {messages}, {...options, gzip: true}),
    storedMessages: (taskId: string, query: Query, options?: CallOptions) =>
      get<StoredTaskMessage[]>(task(taskId, 'messages'), query, options),
    inbox: (taskId: string, requestIds: string[], options?: CallOptions) =>
      get<TaskInbox>(task(taskId, 'inbox'), {requests: requestIds.join(',')}, options),
    fileRequest: (taskId: string, body: NewTaskRequest, options?: CallOptions) =>
      post<TaskRequest>(task(taskId, 'requests'), body, options),
    closeRequest: (taskId: string, id: string, body: RequestClosing, options?: CallOptions) =>
      post<TaskRequest>(task(taskId, `requests/${id}/close`), body, options),
    settleInput: (taskId: string, id: string, body: InputReceipt, options?: CallOptions) =>
      post<TaskInput>(task(taskId, `inputs/${id}`), body, options),
    session: (taskId: string, body: SessionBody, options?: CallOptions) =>
      post<Task>(task(taskId, 'session'), body, options),
    uploadDiff: (taskId: string, body: DiffBody, options?: CallOptions) =>
      client.request<{status: string}>('PUT', task(taskId, 'diff'), {
        ...options,
        body,
        gzip: true,
        timeoutMs: 60_000,
      }),
    complete: (taskId: string, body: CompleteBody, options?: CallOptions) =>
      post<Task>(task(taskId, 'complete'), body, {...options, gzip: true}),
    fail: (taskId: string, body: FailBody, options?: CallOptions) =>
      post<Task>(task(taskId, 'fail'), body, {...options, gzip: true}),
    cancelled: (taskId: string, body: CancelledBody, options?: CallOptions) =>
      post<Task>(task(taskId, 'cancelled'), body, options),
  }
}
