import {Op, type Transaction} from 'sequelize'
import type {ServerContext} from '../context.js'
import type {Task as TaskRow} from '../models/task.js'
import {announceTask, enqueue} from './enqueue.js'
import {findIssue} from './issue-resolver.js'
import {lastSeq} from './last-seq.js'

/**
 * Somebody commented after the claim had told the run what to answer, and before its start made room
 * for a follower: the follower is enqueued now, so that no comment stays without an answer.
 * @param since comments before this moment are not missed
 */
export async function enqueueFollowUp(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
  since: Date | null | undefined = row.dispatched_at,
): Promise<void> {
  if (!row.issue_id || !since) return
  const missed = await context.db.models.Comment.count({
    where: {
      issue_id: row.issue_id,
      author_type: 'member',
      created_at: {[Op.gte]: since},
    },
    transaction: tx,
  })
  const issue =
    missed > 0 ? await findIssue(context, row.workspace_id, row.issue_id, tx) : undefined
  if (!issue || issue.status === 'done' || issue.status === 'cancelled') return
  const {task} = await enqueue(context, tx, issue, 'on_comment')
  if (task) await announceTask(context, tx, task)
}

/**
 * A daemon of the original has no way back from a session that cannot be resumed: a run that failed
 * without a word clears the pointer, so that the next one begins afresh (contract §1.6).
 */
export async function rejectSession(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
): Promise<void> {
  if (!row.issue_id || (await lastSeq(context.db, row.id, tx)) > 0) return
  await context.db.models.Task.update(
    {session_rejected: true},
    {
      where: {
        issue_id: row.issue_id,
        agent_id: row.agent_id,
        daemon_id: row.daemon_id ?? null,
        session_id: {[Op.ne]: null},
        id: {[Op.ne]: row.id},
      },
      transaction: tx,
    },
  )
}

/**
 * Sessions that could not be resumed, or in which no run can go on, are never handed out again: neither
 * those of this run nor those of earlier ones (faults F1, F3).
 */
export async function rejectSessions(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
  ids: readonly string[] | null | undefined,
): Promise<void> {
  if (!ids?.length) return
  const {workspace_id, agent_id} = row
  await context.db.models.Task.update(
    {session_rejected: true},
    {where: {workspace_id, agent_id, session_id: [...ids]}, transaction: tx},
  )
}
