import type {Transaction} from 'sequelize'
import type {AgentTrigger} from '../../src/protocol/agent.js'
import {type IssuePriority, PRIORITY_RANK} from '../../src/protocol/issue.js'
import type {ServerContext} from '../context.js'
import type {Issue as IssueRow} from '../models/issue.js'
import type {Task as TaskRow} from '../models/task.js'
import {statusEvent} from './task-view.js'

/** What came of an attempt to put an agent to work: a task, a reason why not, or nothing to do. */
export interface Enqueued {
  enqueued_task_id?: string
  enqueue_error?: string
}

export interface EnqueueOutcome {
  task?: TaskRow
  /** A run of the issue that waits already. */
  waiting?: TaskRow
  refused?: string
}

/**
 * Puts the issue's agent to work where its triggers say so (contract §7.5). At most one task of an
 * issue waits at a time; a running one may have a follower. The caller has locked the issue.
 *
 * The caller appends `task:status` with `announceTask`, after the event that caused it.
 */
export async function enqueue(
  context: ServerContext,
  tx: Transaction,
  issue: IssueRow,
  trigger: AgentTrigger['type'],
): Promise<EnqueueOutcome> {
  if (issue.assignee_type !== 'agent' || !issue.assignee_id) return {}
  const agent = await context.db.models.Agent.findOne({
    where: {id: issue.assignee_id, workspace_id: issue.workspace_id},
    transaction: tx,
  })
  if (!agent) return {refused: 'the assigned agent is gone'}
  if (!agent.triggers.some((entry) => entry.type === trigger && entry.enabled)) {
    return {refused: `the agent does not start ${trigger.replace('_', ' ')}`}
  }
  const waiting = await context.db.models.Task.findOne({
    where: {issue_id: issue.id, status: ['queued', 'dispatched']},
    transaction: tx,
  })
  // The run that waits will find what this one was wanted for.
  if (waiting) return {waiting}
  const task = await context.db.models.Task.create(
    {
      workspace_id: issue.workspace_id,
      agent_id: agent.id,
      runtime_id: agent.runtime_id,
      issue_id: issue.id,
      status: 'queued',
      priority: PRIORITY_RANK[issue.priority as IssuePriority],
      created_at: context.now(),
    },
    {transaction: tx},
  )
  return {task}
}

/** Tells readers and daemons of a new task. */
export async function announceTask(
  context: ServerContext,
  tx: Transaction,
  task: TaskRow,
): Promise<void> {
  const agent = await context.db.models.Agent.findByPk(task.agent_id, {
    attributes: ['id', 'visibility'],
    transaction: tx,
  })
  await context.events.append(tx, task.workspace_id, [statusEvent(task)], {
    taskId: task.id,
    ...(agent?.visibility === 'private' && {privateAgentId: agent.id}),
  })
}

export const enqueuedAnswer = (outcome: EnqueueOutcome): Enqueued => ({
  ...(outcome.task && {enqueued_task_id: outcome.task.id}),
  ...(outcome.waiting && {enqueued_task_id: outcome.waiting.id}),
  ...(outcome.refused && {enqueue_error: outcome.refused}),
})
