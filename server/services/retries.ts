import {Op, type Transaction} from 'sequelize'
import {AppError} from '../../src/errors.js'
import type {EndReason} from '../../src/protocol/task.js'
import type {ServerContext} from '../context.js'
import type {Task as TaskRow} from '../models/task.js'
import {announceTask} from './enqueue.js'
import {lastSeq} from './last-seq.js'
import {announceStatus} from './task-announcement.js'

/** The first run and two retries. */
export const MAX_ATTEMPTS = 3
/** Ends for which neither the agent nor its work is to blame (contract §7.7). */
const INFRASTRUCTURE: ReadonlySet<EndReason> = new Set(['worker_lost'])
/** Issues in these states want no further work. */
const CLOSED = new Set(['done', 'cancelled'])

/**
 * Tries a run again that was lost to its machine: a new task with `attempt` + 1 (stream §1), which
 * goes on in the lost run's session where the agent can. A run that failed on its own merits is never
 * tried again by itself.
 * @returns the new task; undefined when there is no reason for one
 */
export async function retryLost(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
): Promise<TaskRow | undefined> {
  const lost = row.status === 'failed' && row.end_reason && INFRASTRUCTURE.has(row.end_reason)
  return lost ? retryOnce(context, tx, row) : undefined
}

/**
 * Tries a run again whose machine is back without it: until then its own worker could have come back
 * and finished it (stream §7), and a retry would only have waited.
 */
export async function retryStranded(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
): Promise<void> {
  const last_seq = await lastSeq(context.db, row.id, tx)
  await row.update({sealed_at: context.now(), last_seq}, {transaction: tx})
  await announceStatus(context, tx, row)
  const retry = await retryOnce(context, tx, row)
  if (retry) await announceTask(context, tx, retry)
}

async function retryOnce(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
): Promise<TaskRow | undefined> {
  if (row.attempt >= MAX_ATTEMPTS || !row.issue_id) return undefined
  const issue = await context.db.models.Issue.findByPk(row.issue_id, {transaction: tx})
  if (!issue || CLOSED.has(issue.status) || issue.assignee_id !== row.agent_id) return undefined
  if (await waitingRun(context, tx, row)) return undefined
  return createRetry(context, tx, row, {fresh: false, maxCost: row.max_cost_usd})
}

/**
 * A new task for what an ended one was to do. The caller announces it.
 * @param fresh the agent begins a new session, so that it does not repeat its answer (fault F10)
 *   maxCost: what it may cost; otherwise what its issue or its agent says
 */
async function createRetry(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
  {fresh, maxCost}: {fresh: boolean; maxCost: number | null | undefined},
): Promise<TaskRow> {
  const agent = await context.db.models.Agent.findByPk(row.agent_id, {transaction: tx})
  return context.db.models.Task.create(
    {
      workspace_id: row.workspace_id,
      agent_id: row.agent_id,
      runtime_id: agent?.runtime_id ?? row.runtime_id,
      issue_id: row.issue_id ?? null,
      status: 'queued',
      priority: row.priority,
      attempt: row.attempt + 1,
      parent_task_id: row.id,
      fresh_session: fresh,
      max_cost_usd: maxCost ?? null,
      created_at: context.now(),
    },
    {transaction: tx},
  )
}

/**
 * The retry that a person asks for, of a run that has ended in whatever way.
 * @throws AppError 409 for a run that has not ended, and while another one of its issue waits
 */
export async function retryTask(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
  {resume, maxCost}: {resume: boolean; maxCost?: number | null | undefined},
): Promise<TaskRow> {
  if (['queued', 'dispatched', 'running'].includes(row.status)) {
    throw new AppError(
      'bad_state',
      `the task is ${row.status}; cancel it first, or wait for its end`,
    )
  }
  const waiting = await waitingRun(context, tx, row)
  if (waiting) {
    throw new AppError('conflict', `run ${waiting.id} of this issue waits already`, {
      details: {task_id: waiting.id},
    })
  }
  const task = await createRetry(context, tx, row, {fresh: !resume, maxCost})
  await announceTask(context, tx, task)
  return task
}

function waitingRun(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
): Promise<TaskRow | null> | null {
  if (!row.issue_id) return null
  return context.db.models.Task.findOne({
    where: {issue_id: row.issue_id, status: ['queued', 'dispatched'], id: {[Op.ne]: row.id}},
    transaction: tx,
  })
}
