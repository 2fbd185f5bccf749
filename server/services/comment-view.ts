import type {Comment} from '../../src/protocol/issue.js'
import type {Comment as CommentRow} from '../models/comment.js'
import {time} from './serialise.js'

export const serialiseComment = (row: CommentRow, authorName: string): Comment => ({
  id: row.id,
  issue_id: row.issue_id,
  author_type: row.author_type,
  author_id: row.author_id,
  author_name: authorName,
  content: row.content,
  type: row.type,
  parent_id: row.parent_id ?? null,
  task_id: row.task_id ?? null,
  created_at: time(row.created_at),
  updated_at: time(row.updated_at),
})
