import type {Access} from '../auth/principal.js'
import type {ServerContext} from '../context.js'
import {maySee} from '../services/agents.js'
import {chunkOf} from './chunk.js'
import {type EventsCursor, encodeCursor} from './cursor.js'
import type {EventFrame, EventPages} from './event-pages.js'
import {eventBounds} from './event-rows.js'
import type {Feed} from './feed.js'
import {frame} from './frame.js'
import type {SseSession} from './sse-session.js'
import type {TaskChannel} from './task-channel.js'
import type {ReaderAccess} from './task-reader.js'
import {Waiter} from './waiter.js'
import {workspaceTopic} from './wakeups.js'

export interface EventsReaderOptions {
  /** The reader's place in the workspace, as it was last checked. */
  access(): Access
  cursor: EventsCursor
  readerAccess: ReaderAccess
}

/** Messages of one write, beside a page of one task: fifty tasks at once would be many pages. */
const ROUND_BYTES = 1024 * 1024

/**
 * Serves one page or one dashboard: a workspace's events and the messages of the named tasks on one
 * connection, with one cursor over all of them (stream §5). The cursor comes as an event of its own
 * at the end of every batch, because only an event reaches every kind of client.
 */
export async function serveEvents(
  context: ServerContext,
  feed: Feed,
  session: SseSession,
  options: EventsReaderOptions,
): Promise<void> {
  const waiter = new Waiter(session.signal)
  let recheck = false
  const unwatch = options.readerAccess.watch(() => {
    recheck = true
    waiter.wake()
  })
  const {workspaceId} = options.access()
  const {pages, leave: leaveEvents} = feed.joinEvents(workspaceId)
  const unsubscribe = context.wakeups.subscribe(workspaceTopic(workspaceId), waiter.wake)
  const tasks = Object.keys(options.cursor.tasks).map((taskId) => feed.join(taskId, waiter.wake))
  const inTurn = tasks.map(({channel}) => channel)
  const cursor = {...options.cursor, tasks: {...options.cursor.tasks}}
  try {
    await resyncIfPruned(context, session, cursor)
    await session.write(cursorFrame(cursor))
    while (!session.signal.aborted) {
      if (recheck) {
        recheck = false
        if (!(await options.readerAccess.stands())) return
      }
      await skipPruned(session, tasks, cursor)
      const events = await nextEvents(pages, options.access(), cursor)
      if (events === 'gap') {
        cursor.event = (await eventBounds(context, workspaceId)).newest
        await session.write(frame('resync', '{}') + cursorFrame(cursor))
        continue
      }
      const messages = await nextMessages(inTurn, cursor)
      if (events === undefined && messages.length === 0) {
        await waiter.wait()
        continue
      }
      await session.write(chunkOf(...messages, (events ?? '') + cursorFrame(cursor)))
    }
  } finally {
    unwatch()
    unsubscribe()
    leaveEvents()
    for (const {leave} of tasks) leave()
    session.end()
  }
}

const cursorFrame = (cursor: EventsCursor): string => frame('cursor', '{}', encodeCursor(cursor))

/** A cursor older than what is kept, or of another database, is told so: never a silent gap. */
async function resyncIfPruned(
  context: ServerContext,
  session: SseSession,
  cursor: EventsCursor,
): Promise<void> {
  const {newest, oldest} = await eventBounds(context, cursor.workspaceId)
  if (cursor.event <= newest && cursor.event >= oldest - 1) return
  cursor.event = newest
  await session.write(frame('resync', '{}'))
}

/** A run whose messages have been deleted is said to be so: what the reader lacks cannot come. */
async function skipPruned(
  session: SseSession,
  tasks: readonly {channel: TaskChannel}[],
  cursor: EventsCursor,
): Promise<void> {
  for (const {channel} of tasks) {
    const state = await channel.state()
    if (!state?.pruned || (cursor.tasks[channel.taskId] ?? 0) >= state.lastSeq) continue
    cursor.tasks[channel.taskId] = state.lastSeq
    await session.write(frame('resync', '{}'))
  }
}

/**
 * Moves the cursor. Events are numbered without a hole and deleted when they are old, so what is missing
 * went while the reader took nothing.
 * @returns frames, which may be empty for a reader who may not see them; undefined for no news
 */
async function nextEvents(
  pages: EventPages,
  access: Access,
  cursor: EventsCursor,
): Promise<string | 'gap' | undefined> {
  const events = await pages.after(cursor.event)
  const last = events.at(-1)
  if (!last) return undefined
  if (last.seq - cursor.event !== events.length) return 'gap'
  cursor.event = last.seq
  return events
    .filter((event) => isFor(access, event))
    .map(({frame}) => frame)
    .join('')
}

/** What speaks of a private agent is for those who see that agent. */
const isFor = (access: Access, {agent}: EventFrame): boolean =>
  agent === undefined || (agent !== null && maySee(access, agent))

/** @param inTurn the tasks; who has been looked at goes to the end, so that each gets its share */
async function nextMessages(inTurn: TaskChannel[], cursor: EventsCursor): Promise<Buffer[]> {
  const parts: Buffer[] = []
  let bytes = 0
  for (const channel of [...inTurn]) {
    if (bytes >= ROUND_BYTES) break
    inTurn.push(...inTurn.splice(0, 1))
    // The channel needs to have seen its task once, to know whose messages these are.
    if (!(await channel.state())) continue
    const after = cursor.tasks[channel.taskId] ?? 0
    const frames = await channel.after(after)
    // A hole is a transcript that is being deleted just now: the next look at its state tells.
    if (!frames || frames.firstSeq !== after + 1) continue
    cursor.tasks[channel.taskId] = frames.lastSeq
    const part = frames.withoutIds()
    bytes += part.length
    parts.push(part)
  }
  return parts
}
