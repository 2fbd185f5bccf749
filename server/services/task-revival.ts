import {Op, type Transaction, type WhereOptions} from 'sequelize'
import {AppError} from '../../src/errors.js'
import type {ServerContext} from '../context.js'
import type {Task as TaskRow} from '../models/task.js'
import {announceStatus} from './task-announcement.js'

/**
 * A task that was given up as lost is taken up again by its own worker, as long as no retry of it
 * exists (stream §7).
 * @returns whether it runs again; false for a task that was not given up
 * @throws AppError `stale_claim` when another run has taken over
 */
export async function takeUpAgain(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
): Promise<boolean> {
  // What the caller has read may be old.
  const tokenHash = row.token_hash
  await row.reload({transaction: tx, lock: tx.LOCK.UPDATE})
  if (row.token_hash !== tokenHash) throw takenOver()
  if (row.status !== 'failed' || row.end_reason !== 'lost' || row.sealed_at) return false
  const {Task} = context.db.models
  const others: WhereOptions[] = [{parent_task_id: row.id}]
  // Nor while the same agent works on the same issue in another run.
  if (row.issue_id) {
    const {agent_id, issue_id} = row
    others.push({agent_id, issue_id, status: ['dispatched', 'running']})
  }
  const owners = await Task.count({where: {[Op.or]: others}, transaction: tx})
  if (owners > 0) throw takenOver()
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
  return true
}

const takenOver = () => new AppError('stale_claim', 'another run has taken over this task')
