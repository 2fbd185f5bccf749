import type {IncomingMessage, ServerResponse} from 'node:http'
import {AppError, invalid, notFound} from '../src/errors.js'
import {parseUuid} from '../src/ids.js'
import {MAX_SEQ} from '../src/protocol/limits.js'
import {resolveAccess} from './auth/access.js'
import {requireLiveRun} from './auth/agent-scope.js'
import type {Authenticator} from './auth/authenticator.js'
import type {Access, Principal} from './auth/principal.js'
import type {ServerContext} from './context.js'
import {decodeCursor, type EventsCursor} from './feed/cursor.js'
import {eventBounds} from './feed/event-rows.js'
import {serveEvents} from './feed/events-reader.js'
import type {Feed} from './feed/feed.js'
import {RECONCILE_MS} from './feed/notifier.js'
import type {SseSessions} from './feed/sse-session.js'
import {type ReaderAccess, serveTask} from './feed/task-reader.js'
import {userTopic, workspaceTopic} from './feed/wakeups.js'
import {requireTranscript} from './services/retention.js'
import {createQuickLook, type QuickLook, requireTaskAccess} from './services/task-access.js'
import {requireNoneHidden, requireTask} from './services/tasks.js'

/** Answers of streams; they return when the reader has gone. */
export interface StreamHandlers {
  task(
    req: IncomingMessage,
    res: ServerResponse,
    taskId: string,
    query: URLSearchParams,
  ): Promise<void>
  events(req: IncomingMessage, res: ServerResponse, query: URLSearchParams): Promise<void>
}

export interface StreamDeps {
  context: ServerContext
  authenticator: Authenticator
  feed: Feed
  sessions: SseSessions
}

/** Tasks that one connection may follow. */
const MAX_TASKS = 50

export function createStreamHandlers(deps: StreamDeps): StreamHandlers {
  const quickLook = createQuickLook(deps.context.db)
  return {
    task: (req, res, taskId, query) => taskStream({...deps, quickLook}, {req, res, query}, taskId),
    events: (req, res, query) => eventStream(deps, {req, res, query}),
  }
}

interface Exchange {
  req: IncomingMessage
  res: ServerResponse
  query: URLSearchParams
}

/** `GET /api/tasks/{id}/stream` (stream §5). */
async function taskStream(
  deps: StreamDeps & {quickLook: QuickLook},
  {req, res, query}: Exchange,
  named: string,
): Promise<void> {
  const {context, authenticator, feed} = deps
  const principal = await authenticator.authenticate(req.headers)
  const taskId = parseUuid(named)
  if (!taskId) throw notFound('task')
  const mayRead = () => requireReadable(deps, principal, taskId)
  const lastEventId = req.headers['last-event-id']
  const given = lastEventId === undefined ? query.get('since') : String(lastEventId)
  const statusOnly = query.get('only') === 'status'
  // Joined before anything is known: the reader then finds the state that was read here.
  const {channel, leave} = feed.join(taskId, () => {})
  let serving: Promise<void>
  try {
    const [, state] = await Promise.all([mayRead(), channel.state()])
    const cursor = readSeq(given)
    // A browser that has seen everything shall stop reconnecting (stream §5.3); a lost run may come back.
    const isOver = state?.ended === true && state.sealed && cursor >= state.lastSeq
    if (lastEventId !== undefined && !statusOnly && isOver) {
      res.writeHead(204).end()
      return
    }
    if (state?.pruned && !statusOnly) await requireKept(context, taskId, cursor)
    const session = await deps.sessions.open(req, res)
    const ofOwn = principal.kind === 'task' && principal.taskId === taskId
    serving = serveTask(feed, session, {
      taskId,
      cursor,
      statusOnly,
      access: ofOwn ? ALWAYS : readerAccess(deps, principal, mayRead),
      ...(ofOwn && {tokenHash: principal.tokenHash}),
    })
  } finally {
    leave()
  }
  await serving
}

/** @throws AppError 410 for a reader that misses messages of a transcript that is gone */
async function requireKept(context: ServerContext, taskId: string, cursor: number): Promise<void> {
  const row = await context.db.models.Task.findByPk(taskId, {
    attributes: ['id', 'pruned_at', 'last_seq'],
  })
  if (row && cursor < row.last_seq) requireTranscript(row)
}

/**
 * @throws AppError 404 for an unknown task and for one that the principal may not read, 403 for what
 *   a run that has ended asks of another one
 */
async function requireReadable(
  {context, quickLook}: {context: ServerContext; quickLook: QuickLook},
  principal: Principal,
  taskId: string,
): Promise<void> {
  // A worker follows its own task, whatever has become of it.
  if (principal.kind === 'task' && principal.taskId === taskId) return
  if (principal.kind === 'task') requireLiveRun(principal)
  if (principal.kind === 'user' && (await quickLook(principal.userId, taskId))) return
  await requireTaskAccess(context, principal, taskId)
}

/** `GET /api/events`: one connection for a whole page (stream §5). */
async function eventStream(deps: StreamDeps, {req, res, query}: Exchange): Promise<void> {
  const {context, authenticator, feed} = deps
  const principal = await authenticator.authenticate(req.headers)
  if (principal.kind === 'task')
    throw new AppError('forbidden', 'a task token cannot follow a workspace')
  const workspace = query.get('workspace_id') ?? header(req, 'x-workspace-id')
  const resolve = () => resolveAccess(context, principal, {workspace})
  let access = await resolve()
  const cursor = await startCursor(context, access, query, header(req, 'last-event-id'))
  const taskIds = Object.keys(cursor.tasks)
  for (const taskId of taskIds) await requireTask(context, access, taskId)
  const session = await deps.sessions.open(req, res)
  // Somebody may stay in a workspace and see less of it than before.
  const stillAllowed = readerAccess(deps, principal, async () => {
    access = await resolve()
    await requireNoneHidden(context, access, taskIds)
  })
  await serveEvents(context, feed, session, {
    access: () => access,
    cursor,
    readerAccess: stillAllowed,
  })
}

/** The cursor of a header goes before one of the query; tasks are those that the query names. */
async function startCursor(
  context: ServerContext,
  access: Access,
  query: URLSearchParams,
  lastEventId: string | undefined,
): Promise<EventsCursor> {
  const text = lastEventId || query.get('cursor') || undefined
  const given = text === undefined ? undefined : decodeCursor(text)
  if (text !== undefined && !given) throw invalid('cursor: not one of this server', 'cursor')
  const known = given?.workspaceId === access.workspaceId ? given : undefined
  const named = query.getAll('task')
  if (named.length > MAX_TASKS)
    throw invalid(`task: at most ${MAX_TASKS} on one connection`, 'task')
  const tasks: Record<string, number> = {}
  for (const entry of named) {
    const [id = '', since] = entry.split(':')
    const taskId = parseUuid(id)
    if (!taskId) throw notFound('task')
    tasks[taskId] = known?.tasks[taskId] ?? readSeq(since ?? null)
  }
  const event = known?.event ?? (await eventBounds(context, access.workspaceId)).newest
  return {workspaceId: access.workspaceId, event, tasks}
}

/**
 * Access is checked again when the person's tokens or memberships change, and when the token runs out; that
 * of a run, whose own end is an event of its workspace, at every one of these.
 */
function readerAccess(
  {context, authenticator}: StreamDeps,
  principal: Principal,
  check: () => Promise<void>,
): ReaderAccess {
  return {
    watch(listener) {
      if (principal.kind === 'task') {
        const end = context.wakeups.subscribe(workspaceTopic(principal.workspaceId), listener)
        // It may have ended since it asked.
        listener()
        return end
      }
      const unsubscribe = context.wakeups.subscribe(userTopic(principal.userId), listener)
      const left = principal.expiresAt ? principal.expiresAt.getTime() - Date.now() : undefined
      const timer =
        left === undefined || left > MAX_TIMER_MS
          ? undefined
          : setTimeout(listener, Math.max(0, left) + 1)
      timer?.unref()
      // What other servers do is known of credentials that the reconcile read has seen once (stream §6.5).
      const early =
        context.db.dialect === 'postgres' ? setTimeout(listener, RECONCILE_MS + 500) : undefined
      early?.unref()
      return () => {
        unsubscribe()
        clearTimeout(timer)
        clearTimeout(early)
      }
    },
    async stands() {
      try {
        if (!(await authenticator.stillValid(principal))) return false
        await check()
        return true
      } catch (error) {
        if (error instanceof AppError && error.status < 500) return false
        throw error
      }
    },
  }
}

/** Of a worker on its own task: the reader itself compares the token with each state that it reads. */
const ALWAYS: ReaderAccess = {watch: () => () => {}, stands: async () => true}

/** Longer timers overflow and fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

function readSeq(text: string | null): number {
  if (text === null || text === '') return 0
  const seq = Number(text)
  if (!/^\d+$/.test(text) || seq > MAX_SEQ) {
    throw invalid(`since: must be a whole number of at least 0 and at most ${MAX_SEQ}`, 'since')
  }
  return seq
}

function header(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name]
  return typeof value === 'string' ? value : undefined
}
