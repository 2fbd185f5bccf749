import * as z from 'zod'
import type {JsonObject, Timestamp} from './primitives.js'
import {MaxCost, RequiredText, Uuid} from './primitives.js'

export const ISSUE_STATUSES = [
  'backlog',
  'todo',
  'in_progress',
  'in_review',
  'done',
  'blocked',
  'cancelled',
] as const
export type IssueStatus = (typeof ISSUE_STATUSES)[number]

export const ISSUE_PRIORITIES = ['urgent', 'high', 'medium', 'low', 'none'] as const
export type IssuePriority = (typeof ISSUE_PRIORITIES)[number]

/** Rank of a task in the queue, by its issue's priority (contract §7.5). */
export const PRIORITY_RANK: Readonly<Record<IssuePriority, number>> = {
  urgent: 4,
  high: 3,
  medium: 2,
  low: 1,
  none: 0,
}

export const ACTOR_TYPES = ['member', 'agent'] as const
export type ActorType = (typeof ACTOR_TYPES)[number]

/** How a run works in a user's own folder: in it, or in a git worktree of it. */
export const LOCAL_DIR_MODES = ['in_place', 'worktree'] as const
export type LocalDirMode = (typeof LOCAL_DIR_MODES)[number]

export interface LocalDir {
  path: string
  mode: LocalDirMode
}

/** contract §2.4 */
export interface Issue {
  id: string
  workspace_id: string
  number: number
  identifier: string
  title: string
  description: string | null
  status: IssueStatus
  priority: IssuePriority
  assignee_type: ActorType | null
  assignee_id: string | null
  creator_type: ActorType
  creator_id: string
  parent_issue_id: string | null
  position: number
  due_date: Timestamp | null
  /** US dollars that each of its runs may cost; null: what its agent says. */
  max_cost_usd: number | null
  /** A folder on the machine of the agent in which runs work, if its user allows that. */
  local_dir?: LocalDir
  created_at: Timestamp
  updated_at: Timestamp
}

export interface IssueList {
  issues: Issue[]
  total: number
}

const DueDate = z
  .union([
    z.literal(''),
    z.iso.datetime({offset: true, error: 'invalid due_date format, expected RFC3339'}),
  ])
  .nullish()

const LocalDirInput = z
  .object({
    path: z
      .string()
      .max(1000)
      .regex(/^\/[^\0\n]*$/, 'must be an absolute path'),
    mode: z.enum(LOCAL_DIR_MODES).default('in_place'),
  })
  .nullish()

export const NewIssue = z.object({
  title: RequiredText(500),
  description: z.string().max(500_000).nullish(),
  status: z.enum(ISSUE_STATUSES).nullish(),
  priority: z.enum(ISSUE_PRIORITIES).nullish(),
  assignee_type: z.enum(ACTOR_TYPES).nullish(),
  assignee_id: Uuid.nullish(),
  /** A UUID or an identifier. */
  parent_issue_id: z.string().max(100).nullish(),
  due_date: DueDate,
  max_cost_usd: MaxCost,
  local_dir: LocalDirInput,
})
export type NewIssue = z.input<typeof NewIssue>

/** Absent = keep. Null clears assignee, due date, cost limit and folder, and keeps everything else (contract §2.4). */
export const IssueChange = z.object({
  title: RequiredText(500).nullish(),
  description: z.string().max(500_000).nullish(),
  status: z.enum(ISSUE_STATUSES).nullish(),
  priority: z.enum(ISSUE_PRIORITIES).nullish(),
  position: z.number().nullish(),
  assignee_type: z.enum(ACTOR_TYPES).nullish(),
  assignee_id: Uuid.nullish(),
  due_date: DueDate,
  max_cost_usd: MaxCost,
  local_dir: LocalDirInput,
})
export type IssueChange = z.input<typeof IssueChange>

export const COMMENT_TYPES = ['comment', 'status_change', 'progress_update', 'system'] as const
export type CommentType = (typeof COMMENT_TYPES)[number]

/** contract §2.5; `author_name` is resolved at read time. */
export interface Comment {
  id: string
  issue_id: string
  author_type: ActorType
  author_id: string
  author_name: string
  content: string
  type: CommentType
  parent_id: string | null
  /** The run whose result this is. */
  task_id: string | null
  created_at: Timestamp
  updated_at: Timestamp
}

export const NewComment = z.object({
  content: z
    .string()
    .max(500_000)
    .refine((text) => text.trim() !== '', 'content is required'),
  type: z.enum(COMMENT_TYPES).nullish(),
  parent_id: Uuid.nullish(),
})
export type NewComment = z.input<typeof NewComment>
export const CommentChange = z.object({content: NewComment.shape.content})

/** contract §2.6 */
export interface TimelineEntry {
  type: 'activity' | 'comment'
  id: string
  actor_type: string
  actor_id: string
  actor_name: string
  created_at: Timestamp
  action?: string
  details?: JsonObject
  content?: string
  updated_at?: Timestamp
  comment_type?: CommentType
  parent_id?: string
  task_id?: string
}
