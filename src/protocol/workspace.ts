import * as z from 'zod'
import type {Repository} from './agent.js'
import {JsonObject, RequiredText, type Timestamp} from './primitives.js'

/** contract §2.1 */
export interface User {
  id: string
  name: string
  email: string
  avatar_url: string | null
  created_at: Timestamp
  updated_at: Timestamp
}

/** contract §2.3 */
export interface Workspace {
  id: string
  name: string
  slug: string
  description: string | null
  context: string | null
  settings: JsonObject
  repos: Repository[]
  /** Transcripts of ended runs are kept for so many days; null: for ever. */
  retention_days: number | null
  issue_prefix: string
  created_at: Timestamp
  updated_at: Timestamp
}

export const ROLES = ['owner', 'admin', 'member'] as const
export type Role = (typeof ROLES)[number]

export interface Member {
  id: string
  workspace_id: string
  user_id: string
  role: Role
  created_at: Timestamp
  name: string
  email: string
  avatar_url: string | null
}

/** Names that a workspace cannot have, because the server's own paths begin with them. */
export const RESERVED_SLUGS = [
  'api',
  'assets',
  'auth',
  'health',
  'login',
  'logout',
  'settings',
  'tasks',
]

const RepositoryShape = z.object({
  url: z.string().trim().min(1).max(2000),
  description: z.string().max(2000).default(''),
})

export const NewWorkspace = z.object({
  name: RequiredText(100),
  slug: z
    .string()
    .trim()
    .toLowerCase()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'slug may have a–z, 0–9 and dashes')
    .max(60)
    .refine((slug) => !RESERVED_SLUGS.includes(slug), 'slug is reserved'),
  description: z.string().max(10_000).nullish(),
  context: z.string().max(100_000).nullish(),
  issue_prefix: z
    .string()
    .trim()
    .toUpperCase()
    .regex(/^([A-Z][A-Z0-9]{0,9})?$/, 'issue_prefix may have up to 10 letters and digits')
    .nullish(),
})
export type NewWorkspace = z.input<typeof NewWorkspace>

export const WorkspaceChange = NewWorkspace.omit({slug: true})
  .partial()
  .extend({
    settings: JsonObject.nullish(),
    repos: z.array(RepositoryShape).max(200).nullish(),
    retention_days: z.number().int().min(1).max(36_500).nullish(),
  })
export type WorkspaceChange = z.input<typeof WorkspaceChange>

/** Body of a call that deletes old transcripts. */
export const PruneBody = z.object({
  older_than_days: z.number().min(0).max(36_500),
  dry_run: z.boolean().default(false),
})
export type PruneBody = z.input<typeof PruneBody>

/** What a pruning call has deleted, or would delete. */
export interface PruneAnswer {
  tasks: number
  messages: number
  /** There are more: call again. */
  more: boolean
  /** What the owner should know. */
  note?: string
}

export const NewMember = z.object({
  email: z.email(),
  role: z.enum(ROLES).default('member'),
})
export const MemberChange = z.object({role: z.enum(ROLES)})

/** contract §2.2 */
export interface PersonalAccessToken {
  id: string
  name: string
  token_prefix: string
  expires_at: Timestamp | null
  last_used_at: Timestamp | null
  created_at: Timestamp
  /** Only in the answer that creates it. */
  token?: string
}

export const NewToken = z.object({
  name: RequiredText(100),
  expires_in_days: z.number().int().max(36_500).nullish(),
})
