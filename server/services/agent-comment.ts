import type {Transaction} from 'sequelize'
import type {WorkspaceEvent} from '../../src/protocol/events.js'
import type {CommentType} from '../../src/protocol/issue.js'
import type {ServerContext} from '../context.js'
import type {Agent as AgentRow} from '../models/agent.js'
import type {Task as TaskRow} from '../models/task.js'
import {serialiseComment} from './comment-view.js'

/** The agent's own comment on its issue: the result of a run, or why it failed (contract §7.8). */
export async function addAgentComment(
  context: ServerContext,
  tx: Transaction,
  task: TaskRow,
  agent: AgentRow,
  comment: {content: string; type: CommentType},
): Promise<WorkspaceEvent[]> {
  const {Comment, Issue} = context.db.models
  const issue = task.issue_id ? await Issue.findByPk(task.issue_id, {transaction: tx}) : null
  if (!issue) return []
  const row = await Comment.create(
    {
      ...comment,
      issue_id: issue.id,
      workspace_id: task.workspace_id,
      author_type: 'agent',
      author_id: agent.id,
      task_id: task.id,
      created_at: context.now(),
    },
    {transaction: tx},
  )
  return [
    {
      type: 'comment:created',
      payload: {
        comment: serialiseComment(row, agent.name),
        issue_title: issue.title,
        issue_assignee_type: issue.assignee_type ?? null,
        issue_assignee_id: issue.assignee_id ?? null,
        issue_status: issue.status,
      },
    },
  ]
}
