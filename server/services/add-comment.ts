import type {Transaction} from 'sequelize'
import type {Comment, CommentType} from '../../src/protocol/issue.js'
import type {Actor} from '../auth/principal.js'
import type {ServerContext} from '../context.js'
import type {Issue as IssueRow} from '../models/issue.js'
import {actorName} from './actor-names.js'
import {serialiseComment} from './comment-view.js'
import {announceTask, type Enqueued, enqueue, enqueuedAnswer} from './enqueue.js'

export interface CommentInput {
  content: string
  type?: CommentType | null | undefined
  parent_id?: string | null | undefined
  /** False: the comment puts no agent to work. */
  startsRun?: boolean
}

/** Writes a comment and tells of it; that of a person puts the issue's agent to work (contract §2.5, §7.5). */
export async function addComment(
  context: ServerContext,
  tx: Transaction,
  issue: IssueRow,
  actor: Actor,
  input: CommentInput,
): Promise<Comment & Enqueued> {
  const row = await context.db.models.Comment.create(
    {
      issue_id: issue.id,
      workspace_id: issue.workspace_id,
      author_type: actor.type,
      author_id: actor.id,
      content: input.content,
      type: input.type ?? 'comment',
      parent_id: input.parent_id ?? null,
      created_at: context.now(),
    },
    {transaction: tx},
  )
  const comment = serialiseComment(row, await actorName(context, actor, tx))
  await context.events.append(tx, issue.workspace_id, [
    {
      type: 'comment:created',
      payload: {
        comment,
        issue_title: issue.title,
        issue_assignee_type: issue.assignee_type ?? null,
        issue_assignee_id: issue.assignee_id ?? null,
        issue_status: issue.status,
      },
    },
  ])
  const closed = issue.status === 'done' || issue.status === 'cancelled'
  if (actor.type !== 'member' || closed || input.startsRun === false) return comment
  const outcome = await enqueue(context, tx, issue, 'on_comment')
  if (outcome.task) await announceTask(context, tx, outcome.task)
  return {...comment, ...enqueuedAnswer(outcome)}
}
