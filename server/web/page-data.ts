import type {Issue} from '../../src/protocol/issue.js'
import type {Task} from '../../src/protocol/task.js'
import type {TaskRequest} from '../../src/protocol/task-request.js'
import type {PageState, View} from '../../templates/state/page-state.js'
import {isActive} from '../../templates/text/task-status.js'
import type {Access, UserPrincipal} from '../auth/principal.js'
import type {ServerContext} from '../context.js'
import {encodeCursor} from '../feed/cursor.js'
import {eventBounds} from '../feed/event-rows.js'
import {listIssues} from '../services/issue-listing.js'
import {serialiseRuntime} from '../services/serialise.js'
import {readTranscriptTail} from '../services/transcript-tail.js'
import type {Services} from '../services.js'

/** Issues on one page of the list. */
const ISSUES_PER_PAGE = 50
/** Runs in an issue's history. */
const MAX_RUNS = 100
/** Messages that a page carries of a run; earlier ones are read on demand (fault A25). */
const CARD_MESSAGES = 500
const RUN_MESSAGES = 1000

export interface PageReader {
  access: Access
  principal: UserPrincipal
}

export type PageServices = Pick<
  Services,
  'accounts' | 'workspaces' | 'agents' | 'issues' | 'comments' | 'tasks' | 'diffs' | 'requests'
>

/** What the pages show, read from the services. */
export type PageSource = ReturnType<typeof createPageSource>

export function createPageSource(context: ServerContext, services: PageServices) {
  const page = createAssembler(context, services)
  return {
    async issues(reader: PageReader, closed: boolean, number: number): Promise<PageState> {
      return page(reader, 0, async () => {
        const offset = (number - 1) * ISSUES_PER_PAGE
        const wanted = {closed, limit: ISSUES_PER_PAGE, offset}
        const {issues, counts} = await listIssues(context, reader.access, wanted)
        const total = closed ? counts.closed : counts.open
        const view: View = {
          kind: 'issues',
          issues,
          filter: closed ? 'closed' : 'open',
          counts,
          page: number,
          pages: Math.max(1, Math.ceil(total / ISSUES_PER_PAGE)),
        }
        return {view, tasks: await activeTasks(services, reader.access)}
      })
    },

    /** @param named a number, or an identifier with its prefix */
    async issue(reader: PageReader, named: string): Promise<PageState> {
      return page(reader, CARD_MESSAGES, async () => {
        const issue = await services.issues.get(reader.access, named)
        const timeline = await services.comments.timeline(reader.access, issue.id)
        const filter = {issue: issue.id, limit: MAX_RUNS, offset: 0}
        const {tasks} = await services.tasks.list(reader.access, filter)
        return {view: {kind: 'issue', issue, timeline, deleted: false}, tasks}
      })
    },

    /** @param withChanges the page of what the run has changed, instead of its transcript */
    async task(reader: PageReader, taskId: string, withChanges = false): Promise<PageState> {
      return page(reader, withChanges ? 0 : RUN_MESSAGES, async () => {
        const task = await services.tasks.get(reader.access, taskId)
        const issue = task.issue_id ? await issueOf(services, reader.access, task.issue_id) : null
        const issueNumber = issue?.number ?? null
        const view: View = {kind: 'task', taskId: task.id, issueNumber, deleted: false}
        if (withChanges) view.changes = await services.diffs.find(task.id)
        return {view, tasks: [task]}
      })
    },

    async agents(reader: PageReader): Promise<PageState> {
      const tasks = () => activeTasks(services, reader.access)
      return page(reader, 0, async () => ({view: {kind: 'agents'}, tasks: await tasks()}))
    },

    async newIssue(reader: PageReader): Promise<PageState> {
      return page(reader, 0, async () => ({view: {kind: 'new-issue'}, tasks: []}))
    },
  }
}

interface Content {
  view: View
  tasks: Task[]
}

/** Puts a view into what every page has. `messages`: how many of each followed run are carried. */
function createAssembler(context: ServerContext, services: PageServices) {
  return async (
    reader: PageReader,
    messages: number,
    read: () => Promise<Content>,
  ): Promise<PageState> => {
    const {access, principal} = reader
    // Read first: events from here on come again and change nothing, where a later number could skip some.
    const {newest} = await eventBounds(context, access.workspaceId)
    const {view, tasks} = await read()
    const transcripts: Record<string, PageState['transcripts'][string]> = {}
    const earlierToolCalls: Record<string, number> = {}
    const seqs: Record<string, number> = {}
    for (const task of messages > 0 ? tasks.filter((task) => isFollowed(view, task)) : []) {
      const tail = await readTranscriptTail(context, task, messages)
      transcripts[task.id] = {from: tail.from, messages: tail.messages}
      earlierToolCalls[task.id] = tail.earlierToolCalls
      seqs[task.id] = tail.lastSeq
    }
    const requests: Record<string, TaskRequest[]> = {}
    for (const {id} of tasks.filter((task) => asksHere(view, task))) {
      requests[id] = await services.requests.list(access, id, ['open'])
    }
    const {workspaceId} = access
    return {
      ...(await frameOf(services, access, principal)),
      view,
      tasks,
      transcripts,
      earlierToolCalls,
      requests,
      inputs: {},
      cursor: encodeCursor({workspaceId, event: newest, tasks: seqs}),
      connection: 'starting',
      renderedAt: context.now().toISOString(),
      clockSkewMs: 0,
      problem: undefined,
      stale: false,
    }
  }
}

const isFollowed = (view: View, task: Task): boolean =>
  view.kind === 'task' || isActive(task.status)

const asksHere = (view: View, task: Task): boolean =>
  task.open_requests > 0 && (view.kind === 'task' || view.kind === 'issue')

async function frameOf(services: PageServices, access: Access, principal: UserPrincipal) {
  const workspaces = await services.workspaces.list(principal.userId)
  const {id, name, slug} = await services.workspaces.get(access.workspaceId)
  const me = await services.accounts.me(principal.userId)
  const agents = await services.agents.list(access)
  const members = await services.workspaces.members(access.workspaceId)
  const runtimes = await services.agents.runtimes(access)
  return {
    workspace: {id, name, slug},
    workspaces: workspaces.map((workspace) => ({name: workspace.name, slug: workspace.slug})),
    me: {id: me.id, name: me.name},
    agents: agents.map((agent) => ({
      id: agent.id,
      name: agent.name,
      description: agent.description,
      status: agent.status,
      runtime_id: agent.runtime_id,
    })),
    members: members.map((member) => ({
      user_id: member.user_id,
      name: member.name,
      role: member.role,
    })),
    runtimes: runtimes.map(serialiseRuntime).map((runtime) => ({
      id: runtime.id,
      name: runtime.name,
      provider: runtime.provider,
      status: runtime.status,
      device_info: runtime.device_info,
    })),
  }
}

async function activeTasks(services: PageServices, access: Access): Promise<Task[]> {
  const filter = {statuses: ['queued', 'dispatched', 'running'], limit: 200, offset: 0}
  return (await services.tasks.list(access, filter)).tasks
}

async function issueOf(
  services: PageServices,
  access: Access,
  issueId: string,
): Promise<Issue | null> {
  try {
    return await services.issues.get(access, issueId)
  } catch (error) {
    if ((error as {code?: unknown}).code === 'not_found') return null
    throw error
  }
}
