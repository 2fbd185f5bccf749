import type {Agent} from '../../src/protocol/agent.js'
import type {Issue, TimelineEntry} from '../../src/protocol/issue.js'
import type {Runtime} from '../../src/protocol/runtime.js'
import type {Task} from '../../src/protocol/task.js'
import type {TaskDiff} from '../../src/protocol/task-diff.js'
import type {TaskInput, TaskRequest} from '../../src/protocol/task-request.js'
import type {Member, User, Workspace} from '../../src/protocol/workspace.js'
import type {Transcript} from './transcript.js'

export type AgentBrief = Pick<Agent, 'id' | 'name' | 'description' | 'status' | 'runtime_id'>
export type MemberBrief = Pick<Member, 'user_id' | 'name' | 'role'>
export type RuntimeBrief = Pick<Runtime, 'id' | 'name' | 'provider' | 'status' | 'device_info'>

/** An issue as the list shows it. */
export type ListedIssue = Pick<
  Issue,
  | 'id'
  | 'number'
  | 'identifier'
  | 'title'
  | 'status'
  | 'priority'
  | 'assignee_type'
  | 'assignee_id'
  | 'creator_type'
  | 'creator_id'
  | 'created_at'
  | 'updated_at'
>

export interface IssueListView {
  kind: 'issues'
  issues: ListedIssue[]
  filter: 'open' | 'closed'
  counts: {open: number; closed: number}
  page: number
  pages: number
}

export interface IssueView {
  kind: 'issue'
  issue: Issue
  timeline: TimelineEntry[]
  deleted: boolean
}

/** The page of one run. */
export interface TaskView {
  kind: 'task'
  taskId: string
  issueNumber: number | null
  deleted: boolean
  /** Absent: the page shows the transcript. null: it shows the changes, and there are none yet. */
  changes?: TaskDiff | null
}

export type View = IssueListView | IssueView | TaskView | {kind: 'new-issue'} | {kind: 'agents'}

/** How the page hears of news. `waiting`: the connection broke and is made again. */
export type Connection = 'starting' | 'live' | 'waiting' | 'signed-out'

/** Everything a page of a workspace shows; made by the server, kept up to date by `reducePage`. */
export interface PageState {
  workspace: Pick<Workspace, 'id' | 'name' | 'slug'>
  workspaces: Pick<Workspace, 'name' | 'slug'>[]
  me: Pick<User, 'id' | 'name'>
  agents: AgentBrief[]
  members: MemberBrief[]
  runtimes: RuntimeBrief[]
  view: View
  /** Runs that the page shows, newest first: an issue's, one, or those that are active. */
  tasks: Task[]
  /** Messages of the runs that the page follows, by task id. */
  transcripts: Readonly<Record<string, Transcript>>
  /** Tool calls before the first message that is held, by task id. */
  earlierToolCalls: Readonly<Record<string, number>>
  /** What runs ask people now, by task id. */
  requests: Readonly<Record<string, TaskRequest[]>>
  /** What people have said to runs that has not reached them, by task id. */
  inputs: Readonly<Record<string, TaskInput[]>>
  /** Where the event stream goes on (stream §5). */
  cursor: string
  connection: Connection
  /** The server's clock when the page was made, so that its first drawing is the browser's too. */
  renderedAt: string
  /** What the reader's clock is behind the server's, in milliseconds: elapsed times go by the server's. */
  clockSkewMs: number
  /** What went wrong last, for the reader. */
  problem: string | undefined
  /** Something happened that only the server can put in order: the list is to be read again. */
  stale: boolean
}

/** Pages that have no live data. */
export type PlainPage =
  | {kind: 'login'; next: string}
  /** A one-time sign-in link was opened: the page uses it up. */
  | {kind: 'link'; code: string}
  | {kind: 'message'; title: string; text: string; home: string}

/** What the server hands to the browser beside the HTML. */
export type PageData = {kind: 'workspace'; state: PageState} | PlainPage
