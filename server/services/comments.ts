import type {Transaction} from 'sequelize'
import type {z} from 'zod'
import {AppError, invalid, notFound} from '../../src/errors.js'
import type {Comment, NewComment, TimelineEntry} from '../../src/protocol/issue.js'
import type {Access} from '../auth/principal.js'
import type {ServerContext} from '../context.js'
import type {Comment as CommentRow} from '../models/comment.js'
import {actorName, actorNames} from './actor-names.js'
import {addComment} from './add-comment.js'
import {serialiseComment} from './comment-view.js'
import type {Enqueued} from './enqueue.js'
import {requireIssue} from './issue-resolver.js'
import {requireOwnIssue} from './issues.js'
import {type PageRequest, type TimelinePage, timelinePage} from './timeline.js'

/** Comments and the timeline of an issue (contract §2.5, §2.6). */
export type CommentService = ReturnType<typeof createCommentService>

export function createCommentService(context: ServerContext) {
  const {db, events} = context
  const {Comment: Comments} = db.models
  return {
    async list(access: Access, issueNamed: string): Promise<Comment[]> {
      const issue = await requireIssue(context, access.workspaceId, issueNamed)
      const rows = await Comments.findAll({where: {issue_id: issue.id}, order: ORDER})
      const names = await actorNames(context, rows.map(authorOf))
      return rows.map((row) => serialiseComment(row, names.get(row.author_id) ?? ''))
    },

    create: (access: Access, issueNamed: string, input: z.output<typeof NewComment>) =>
      db.transaction((tx) => createComment(context, tx, access, issueNamed, input)),

    async update(access: Access, id: string, content: string): Promise<Comment> {
      return db.transaction(async (tx) => {
        const row = await requireComment(context, access, id, tx)
        requireAuthor(access, row, 'edit')
        await row.update({content}, {transaction: tx})
        const comment = serialiseComment(row, await actorName(context, authorOf(row), tx))
        await events.append(tx, access.workspaceId, [{type: 'comment:updated', payload: {comment}}])
        return comment
      })
    },

    async remove(access: Access, id: string): Promise<void> {
      await db.transaction(async (tx) => {
        const row = await requireComment(context, access, id, tx)
        requireAuthor(access, row, 'delete')
        const gone = [row.id, ...(await repliesTo(context, row, tx))]
        await row.destroy({transaction: tx})
        await events.append(
          tx,
          access.workspaceId,
          gone.map((id) => ({
            type: 'comment:deleted',
            payload: {comment_id: id, issue_id: row.issue_id},
          })),
        )
      })
    },

    /** Every activity and comment, oldest first, in a total order. */
    timeline: async (access: Access, issueNamed: string): Promise<TimelineEntry[]> =>
      (await timelinePage(context, access, issueNamed, {})).entries,

    /** The same in pages that go back from the newest. */
    timelinePage: (access: Access, issueNamed: string, page: PageRequest): Promise<TimelinePage> =>
      timelinePage(context, access, issueNamed, page),
  }
}

const ORDER: [string, string][] = [
  ['created_at', 'ASC'],
  ['id', 'ASC'],
]

const authorOf = (row: CommentRow) => ({type: row.author_type as string, id: row.author_id})

/** Replies, and replies to them: they go with the comment (contract §2.5). */
async function repliesTo(
  context: ServerContext,
  row: CommentRow,
  tx: Transaction,
): Promise<string[]> {
  const all = await context.db.models.Comment.findAll({
    where: {issue_id: row.issue_id},
    attributes: ['id', 'parent_id'],
    order: ORDER,
    transaction: tx,
  })
  const gone = new Set([row.id])
  for (let known = 0; known < gone.size; ) {
    known = gone.size
    for (const {id, parent_id} of all) if (parent_id && gone.has(parent_id)) gone.add(id)
  }
  gone.delete(row.id)
  return [...gone]
}

async function createComment(
  context: ServerContext,
  tx: Transaction,
  access: Access,
  issueNamed: string,
  input: z.output<typeof NewComment>,
): Promise<Comment & Enqueued> {
  const issue = await requireIssue(context, access.workspaceId, issueNamed, tx)
  requireOwnIssue(access, issue)
  if (input.parent_id) {
    const where = {id: input.parent_id, issue_id: issue.id}
    const parents = await context.db.models.Comment.count({where, transaction: tx})
    if (parents === 0) throw invalid('invalid parent comment', 'parent_id')
  }
  return addComment(context, tx, issue, access.actor, input)
}

async function requireComment(
  context: ServerContext,
  access: Access,
  id: string,
  tx: Transaction,
): Promise<CommentRow> {
  const row = await context.db.models.Comment.findOne({
    where: {id, workspace_id: access.workspaceId},
    transaction: tx,
  })
  if (!row) throw notFound('comment')
  return row
}

function requireAuthor(access: Access, row: CommentRow, verb: 'edit' | 'delete'): void {
  const own = row.author_type === access.actor.type && row.author_id === access.actor.id
  const admin = access.principal.kind === 'user' && access.role !== 'member'
  if (!own && !admin) throw new AppError('forbidden', `only comment author or admin can ${verb}`)
}
