import type {Issue} from '../../src/protocol/issue.js'
import type {Task} from '../../src/protocol/task.js'
import type {StoredTaskMessage} from '../../src/protocol/task-message.js'
import type {LiveEvent} from './live-event.js'
import type {ListedIssue, PageState} from './page-state.js'
import {reduceRequests} from './reduce-requests.js'
import {reduceTasks} from './reduce-tasks.js'
import {reduceTimeline} from './reduce-timeline.js'
import {addMessages, emptyTranscript} from './transcript.js'

/**
 * The page after some events. Pure; every event may come twice or be replayed from an earlier
 * cursor, and the page is the same (faults A7, A13).
 */
export function reducePage(state: PageState, events: readonly LiveEvent[]): PageState {
  let next = state
  let messages: StoredTaskMessage[] = []
  for (const event of events) {
    if (event.type === 'task:message') {
      messages.push(event.payload)
      continue
    }
    if (messages.length > 0) next = reduceMessages(next, messages)
    messages = []
    next = reduceEvent(next, event)
  }
  return messages.length > 0 ? reduceMessages(next, messages) : next
}

function reduceEvent(state: PageState, event: LiveEvent): PageState {
  switch (event.type) {
    case 'messages:fetched':
      return withFetched(state, event.taskId, event.messages, event.from)
    case 'page:fetched':
      return withPage(state, event.state)
    case 'cursor':
      return event.cursor === state.cursor ? state : {...state, cursor: event.cursor}
    case 'connection':
      return event.connection === state.connection
        ? state
        : {...state, connection: event.connection}
    case 'problem':
      return {...state, problem: event.problem}
    case 'issue:created':
    case 'issue:updated':
      return withIssue(state, event.payload.issue, event.type === 'issue:created')
    case 'issue:deleted':
      return withoutIssue(state, event.payload.issue_id)
    case 'comment:created':
    case 'comment:updated':
    case 'comment:deleted':
    case 'activity:created':
      return reduceTimeline(state, event)
    case 'task:status':
    case 'task:progress':
    case 'task:fetched':
      return reduceTasks(state, event)
    case 'task:request':
    case 'task:input':
      return reduceRequests(state, event)
    default:
      return reducePeople(state, event)
  }
}

/** Messages of runs that the page does not follow are not kept. */
function reduceMessages(state: PageState, messages: readonly StoredTaskMessage[]): PageState {
  const byTask = new Map<string, StoredTaskMessage[]>()
  for (const message of messages) {
    const list = byTask.get(message.task_id)
    if (list) list.push(message)
    else byTask.set(message.task_id, [message])
  }
  let transcripts = state.transcripts
  for (const [taskId, list] of byTask) {
    if (!state.tasks.some((task) => task.id === taskId)) continue
    const held = transcripts[taskId] ?? emptyTranscript()
    const merged = addMessages(held, list)
    if (merged !== held) transcripts = {...transcripts, [taskId]: merged}
  }
  return transcripts === state.transcripts ? state : {...state, transcripts}
}

function withFetched(
  state: PageState,
  taskId: string,
  messages: readonly StoredTaskMessage[],
  from: number | undefined,
): PageState {
  const held = state.transcripts[taskId] ?? emptyTranscript()
  const merged = addMessages(held, messages)
  const moved = from !== undefined && from < held.from ? {...merged, from} : merged
  if (moved === held) return state
  const found = messages.filter((message) => message.type === 'tool_use').length
  const earlier = state.earlierToolCalls[taskId] ?? 0
  return {
    ...state,
    transcripts: {...state.transcripts, [taskId]: moved},
    earlierToolCalls:
      moved.from < held.from
        ? {...state.earlierToolCalls, [taskId]: Math.max(0, earlier - found)}
        : state.earlierToolCalls,
  }
}

/** A page that was read again replaces everything but the messages that are already here. */
function withPage(state: PageState, fetched: PageState): PageState {
  const transcripts = {...fetched.transcripts}
  const earlierToolCalls = {...fetched.earlierToolCalls}
  for (const [taskId, held] of Object.entries(state.transcripts)) {
    const read = transcripts[taskId]
    transcripts[taskId] = read ? addMessages(held, read.messages) : held
    earlierToolCalls[taskId] = state.earlierToolCalls[taskId] ?? 0
  }
  const {connection, problem, clockSkewMs} = state
  const kept = {connection, problem, clockSkewMs}
  return {...fetched, ...kept, transcripts, earlierToolCalls, stale: false}
}

function withIssue(state: PageState, issue: Issue, created: boolean): PageState {
  const {view} = state
  if (view.kind === 'issue') {
    return issue.id === view.issue.id ? {...state, view: {...view, issue}} : state
  }
  if (view.kind !== 'issues') return state
  const listed = view.issues.find(({id}) => id === issue.id)
  if (!listed) return {...state, stale: true}
  const issues = view.issues.map((item): ListedIssue => (item === listed ? issue : item))
  const moved = created || issue.status !== listed.status
  return {...state, view: {...view, issues}, stale: state.stale || moved}
}

function withoutIssue(state: PageState, issueId: string): PageState {
  const {view} = state
  if (view.kind === 'issues') {
    const issues = view.issues.filter(({id}) => id !== issueId)
    return {...state, view: {...view, issues}, stale: true}
  }
  const shown =
    (view.kind === 'issue' && view.issue.id === issueId) ||
    (view.kind === 'task' && taskOf(state)?.issue_id === issueId)
  return shown ? {...state, view: {...view, deleted: true}} : state
}

const taskOf = (state: PageState): Task | undefined =>
  state.view.kind === 'task' ? state.tasks[0] : undefined

function reducePeople(state: PageState, event: LiveEvent): PageState {
  switch (event.type) {
    case 'agent:status':
    case 'agent:created': {
      const {agent} = event.payload
      return {...state, agents: replaceOrAdd(state.agents, agent, ({id}) => id === agent.id)}
    }
    case 'agent:deleted':
      return {...state, agents: state.agents.filter(({id}) => id !== event.payload.agent_id)}
    case 'member:added':
    case 'member:updated': {
      const {member} = event.payload
      const same = (item: {user_id: string}) => item.user_id === member.user_id
      return {...state, members: replaceOrAdd(state.members, member, same)}
    }
    case 'member:removed': {
      const {user_id: gone} = event.payload
      return {...state, members: state.members.filter(({user_id}) => user_id !== gone)}
    }
    case 'daemon:register': {
      let {runtimes} = state
      for (const runtime of event.payload.runtimes ?? []) {
        runtimes = replaceOrAdd(runtimes, runtime, ({id}) => id === runtime.id)
      }
      return {...state, runtimes, stale: state.stale || event.payload.action !== undefined}
    }
    default:
      return state
  }
}

function replaceOrAdd<T>(list: readonly T[], item: T, isSame: (item: T) => boolean): T[] {
  return list.some(isSame) ? list.map((old) => (isSame(old) ? item : old)) : [...list, item]
}
