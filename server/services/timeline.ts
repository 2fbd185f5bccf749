import {Op, type WhereOptions} from 'sequelize'
import {invalid} from '../../src/errors.js'
import {parseUuid} from '../../src/ids.js'
import type {TimelineEntry} from '../../src/protocol/issue.js'
import type {Access} from '../auth/principal.js'
import type {ServerContext} from '../context.js'
import type {Activity as ActivityRow} from '../models/activity.js'
import type {Comment as CommentRow} from '../models/comment.js'
import {actorNames} from './actor-names.js'
import {requireIssue} from './issue-resolver.js'
import {time} from './serialise.js'

export interface PageRequest {
  /** Without it, everything. */
  limit?: number | undefined
  /** Only what is older than this cursor, which an earlier page gave. */
  before?: string | undefined
}

export interface TimelinePage {
  /** Oldest first. */
  entries: TimelineEntry[]
  /** Cursor for what is older, if there is more. */
  before?: string
}

/** Activities and comments of an issue, ordered by (created_at, id), with names (contract §2.6). */
export async function timelinePage(
  context: ServerContext,
  access: Access,
  issueNamed: string,
  {limit, before}: PageRequest,
): Promise<TimelinePage> {
  const issue = await requireIssue(context, access.workspaceId, issueNamed)
  const query = {
    where: {issue_id: issue.id, ...(before !== undefined && olderThan(before))},
    order: NEWEST_FIRST,
    ...(limit !== undefined && {limit: limit + 1}),
  }
  const comments = await context.db.models.Comment.findAll(query)
  const activities = await context.db.models.Activity.findAll(query)
  const names = await actorNames(context, [
    ...comments.map((row) => ({type: row.author_type, id: row.author_id})),
    ...activities.map((row) => ({type: row.actor_type, id: row.actor_id})),
  ])
  const nameOf = (id: string | null) => names.get(id ?? '') ?? ''
  const entries = [
    ...comments.map((row) => commentEntry(row, nameOf(row.author_id))),
    ...activities.map((row) => activityEntry(row, nameOf(row.actor_id))),
  ].sort((a, b) => compare(a.created_at, b.created_at) || compare(a.id, b.id))
  if (limit === undefined || entries.length <= limit) return {entries}
  const page = entries.slice(-limit)
  return {entries: page, ...(page[0] && {before: `${page[0].created_at},${page[0].id}`})}
}

const NEWEST_FIRST: [string, string][] = [
  ['created_at', 'DESC'],
  ['id', 'DESC'],
]

function olderThan(cursor: string): WhereOptions {
  const [text = '', named = ''] = cursor.split(',')
  const at = new Date(text)
  const id = parseUuid(named)
  if (Number.isNaN(at.getTime()) || !id) {
    throw invalid('before: must be a cursor that an earlier page gave', 'before')
  }
  return {[Op.or]: [{created_at: {[Op.lt]: at}}, {created_at: at, id: {[Op.lt]: id}}]}
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const commentEntry = (row: CommentRow, authorName: string): TimelineEntry => ({
  type: 'comment',
  id: row.id,
  actor_type: row.author_type,
  actor_id: row.author_id,
  actor_name: authorName,
  content: row.content,
  comment_type: row.type,
  created_at: time(row.created_at),
  updated_at: time(row.updated_at),
  ...(row.parent_id && {parent_id: row.parent_id}),
  ...(row.task_id && {task_id: row.task_id}),
})

const activityEntry = (row: ActivityRow, actorName: string): TimelineEntry => ({
  type: 'activity',
  id: row.id,
  actor_type: row.actor_type,
  actor_id: row.actor_id ?? '',
  actor_name: actorName,
  action: row.action,
  details: row.details,
  created_at: time(row.created_at),
})
