import {QueryTypes} from 'sequelize'
import {AppError} from '../../src/errors.js'
import type {PruneAnswer} from '../../src/protocol/workspace.js'
import type {ServerContext} from '../context.js'
import {taskTopic} from '../feed/wakeups.js'
import type {Task as TaskRow} from '../models/task.js'
import {deleteMessages} from './delete-messages.js'
import {AWAY, sealAway} from './sweep-tasks.js'

/** Transcripts of one call; a caller that wants more calls again. */
const MAX_TASKS = 200
/** Nobody waits longer than this for the answer to one call, however long the transcripts are. */
const MAX_CALL_MS = 20_000
/** A pruning that is older than this belongs to a server that has died. */
const ABANDONED_MS = 600_000
const DAY_MS = 86_400_000

export interface PruneOptions {
  workspaceId: string
  /** Of runs that ended before this. */
  before: Date
  /** Ends between two portions; what was begun is finished later. */
  signal?: AbortSignal | undefined
}

type Counts = Omit<PruneAnswer, 'note'>

const OLD = `t.workspace_id = :workspaceId AND t.pruned_at IS NULL AND t.sealed_at IS NOT NULL
  AND t.completed_at < :before`

/**
 * Deletes transcripts of runs that have ended; the runs stay, with their results. A worker that was away for
 * so long finds its transcript closed. A run is marked first, so that nobody ever reads a part of a transcript
 * as the whole. Several servers may do this at once: each run is deleted by the one that has marked it.
 */
export async function pruneTranscripts(
  context: ServerContext,
  {workspaceId, before, signal}: PruneOptions,
): Promise<Counts> {
  const begun = performance.now()
  await finishAbandoned(context, signal)
  await sealAway(context, {workspaceId, before})
  const found = await context.db.sequelize.query<{id: string; last_seq: number}>(
    `SELECT t.id, t.last_seq FROM agent_task_queue t WHERE ${OLD}
     ORDER BY t.completed_at LIMIT :limit`,
    {replacements: {workspaceId, before, limit: MAX_TASKS}, type: QueryTypes.SELECT},
  )
  const answer = {tasks: 0, messages: 0, more: found.length === MAX_TASKS}
  for (const {id, last_seq} of found) {
    signal?.throwIfAborted()
    if (performance.now() - begun > MAX_CALL_MS) return {...answer, more: true}
    if (!(await mark(context, id))) continue
    await clear(context, id, signal)
    answer.tasks++
    answer.messages += last_seq
  }
  return answer
}

/** What `pruneTranscripts` would delete, all of it. */
export async function countOld(
  {db}: ServerContext,
  {workspaceId, before}: PruneOptions,
): Promise<Counts> {
  const [row] = await db.sequelize.query<{tasks: string; messages: string | null}>(
    `SELECT COUNT(*) AS tasks, SUM(t.last_seq) AS messages FROM agent_task_queue t WHERE ${OLD}`,
    {replacements: {workspaceId, before}, type: QueryTypes.SELECT},
  )
  const [away] = await db.sequelize.query<{tasks: string; messages: string | null}>(
    `SELECT COUNT(DISTINCT t.id) AS tasks, COUNT(m.seq) AS messages
     FROM agent_task_queue t LEFT JOIN task_message m ON m.task_id = t.id
     WHERE ${AWAY} AND t.completed_at < :before`,
    {replacements: {workspaceId, before}, type: QueryTypes.SELECT},
  )
  const sum = (name: 'tasks' | 'messages') => Number(row?.[name] ?? 0) + Number(away?.[name] ?? 0)
  return {tasks: sum('tasks'), messages: sum('messages'), more: false}
}

/** @returns false when another server was first */
async function mark({db, now, wakeups}: ServerContext, id: string): Promise<boolean> {
  const [count] = await db.write(() =>
    db.models.Task.update(
      {pruned_at: now(), pruning: true},
      {where: {id, pruned_at: null}, silent: true},
    ),
  )
  // Who reads it now is told before the first row goes.
  if (count > 0) wakeups.wake(taskTopic(id))
  return count > 0
}

async function clear(context: ServerContext, id: string, signal?: AbortSignal): Promise<void> {
  const {db} = context
  await deleteMessages(db, id, signal)
  await db.write(() => db.models.TaskDiff.destroy({where: {task_id: id}}))
  // What was asked and said belongs to the transcript.
  await db.write(() => db.models.TaskRequest.destroy({where: {task_id: id}}))
  await db.write(() => db.models.TaskInput.destroy({where: {task_id: id}}))
  await db.write(() => db.models.Task.update({pruning: false}, {where: {id}, silent: true}))
}

async function finishAbandoned(context: ServerContext, signal?: AbortSignal): Promise<void> {
  const before = new Date(context.now().getTime() - ABANDONED_MS)
  const rows = await context.db.sequelize.query<{id: string}>(
    'SELECT id FROM agent_task_queue WHERE pruning AND pruned_at < :before',
    {replacements: {before}, type: QueryTypes.SELECT},
  )
  for (const {id} of rows) await clear(context, id, signal)
}

/** What the workspaces' own settings want deleted, and what a server that died has left half. */
export async function enforceRetention(
  context: ServerContext,
  signal?: AbortSignal,
): Promise<void> {
  await finishAbandoned(context, signal)
  const rows = await context.db.models.Workspace.findAll({attributes: ['id', 'retention_days']})
  for (const {id, retention_days: days} of rows) {
    if (!days) continue
    const before = new Date(context.now().getTime() - days * DAY_MS)
    for (let more = true; more; ) {
      const answer = await pruneTranscripts(context, {workspaceId: id, before, signal})
      more = answer.more
      if (answer.tasks > 0) context.log.info({event: 'pruned', workspace: id, ...answer})
    }
  }
}

/** @throws AppError 410 for a transcript that is gone */
export function requireTranscript(row: Pick<TaskRow, 'id' | 'pruned_at'>): void {
  if (!row.pruned_at) return
  const day = new Date(row.pruned_at).toISOString().slice(0, 10)
  throw new AppError(
    'gone',
    `the transcript of run ${row.id} was deleted on ${day}, as its workspace or its owner wants old ones to be; its result is kept`,
    {details: {pruned_at: new Date(row.pruned_at).toISOString()}},
  )
}

/**
 * Makes sure that rows read after `since` begin where they should: a transcript is deleted from its
 * beginning, so a hole is only ever there, or nothing is left at all.
 * @throws AppError 410 when the transcript has been deleted since its task was read
 */
export async function requireUnbroken(
  {db}: ServerContext,
  row: TaskRow,
  since: number,
  first: number | undefined,
): Promise<void> {
  if (first === since + 1 || (first === undefined && since >= row.last_seq)) return
  const now = await db.models.Task.findByPk(row.id, {attributes: ['id', 'pruned_at']})
  if (now) requireTranscript(now)
}
