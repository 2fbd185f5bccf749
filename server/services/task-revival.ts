import {Op, type Transaction} from 'sequelize'
import {AppError} from '../../src/errors.js'
import type {ServerContext} from '../context.js'
import type {Task as TaskRow} from '../models/task.js'
import {enqueueFollowUp} from './run-follow-up.js'
import {announceStatus} from './task-announcement.js'
import {createTaskEnding} from './task-ending.js'

/**
 * A task that was given up as lost is taken up again by its own worker, as long as no retry of it
 * has been claimed; one that waits is cancelled (stream §7).
 * @returns whether it runs again; false for a task that was not given up
 * @throws AppError `stale_claim` when another run has taken over
 */
export async function takeUpAgain(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
): Promise<boolean> {
  await lockAgain(tx, row)
  if (row.status !== 'failed' || row.end_reason !== 'lost' || row.sealed_at) return false
  await lockAgent(context, tx, row)
  const retries = await retriesOf(context, tx, row)
  if (retries.some((retry) => retry.dispatched_at !== null)) throw takenOver()
  if (await worksElsewhere(context, tx, row)) throw takenOver()
  await row.update(
    {
      status: 'running',
      end_reason: null,
      error: null,
      completed_at: null,
      worker_seen_at: context.now(),
    },
    {transaction: tx},
  )
  await announceStatus(context, tx, row)
  await callOff(context, tx, row, retries)
  return true
}

/**
 * The worker of a cancelled run that was given up is back: its readers wait again for what it brings, until it
 * acknowledges or falls silent once more.
 * @throws AppError `stale_claim` when another run has taken over
 */
export async function waitAgain(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
): Promise<void> {
  await lockAgain(tx, row)
  if (row.sealed_at || !row.given_up_at) return
  await row.update({given_up_at: null, worker_seen_at: context.now()}, {transaction: tx})
  await announceStatus(context, tx, row)
}

/** What the caller has read may be old. */
async function lockAgain(tx: Transaction, row: TaskRow): Promise<void> {
  const tokenHash = row.token_hash
  await row.reload({transaction: tx, lock: tx.LOCK.UPDATE})
  if (row.token_hash !== tokenHash) throw takenOver()
}

/** As a claim does: what is counted here stays true until the commit. */
async function lockAgent(context: ServerContext, tx: Transaction, row: TaskRow): Promise<void> {
  await context.db.models.Agent.findByPk(row.agent_id, {
    attributes: ['id'],
    transaction: tx,
    lock: tx.LOCK.NO_KEY_UPDATE,
  })
}

/** The retries of a task, theirs, and so on. */
async function retriesOf(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
): Promise<TaskRow[]> {
  const found: TaskRow[] = []
  let parents = [row.id]
  while (parents.length > 0) {
    const retries = await context.db.models.Task.findAll({
      where: {agent_id: row.agent_id, parent_task_id: parents},
      transaction: tx,
    })
    found.push(...retries)
    parents = retries.map(({id}) => id)
  }
  return found
}

/** The same agent must not work on the same issue twice. */
async function worksElsewhere(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
): Promise<boolean> {
  if (!row.issue_id) return false
  const {agent_id, issue_id} = row
  const where = {agent_id, issue_id, status: ['dispatched', 'running'], id: {[Op.ne]: row.id}}
  return (await context.db.models.Task.count({where, transaction: tx})) > 0
}

/** The retry that waits is not needed any more; a comment that it was to answer still is. */
async function callOff(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
  retries: readonly TaskRow[],
): Promise<void> {
  const waiting = retries.find(({status}) => status === 'queued')
  if (!waiting) return
  const {cancelWhere} = createTaskEnding(context)
  await cancelWhere(tx, {id: waiting.id, status: 'queued'}, 'superseded')
  await enqueueFollowUp(context, tx, row, waiting.created_at)
}

const takenOver = () => new AppError('stale_claim', 'another run has taken over this task')
