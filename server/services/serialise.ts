import type {Runtime} from '../../src/protocol/runtime.js'
import type {PersonalAccessToken, User, Workspace} from '../../src/protocol/workspace.js'
import type {PersonalAccessToken as TokenRow} from '../models/personal-access-token.js'
import type {Runtime as RuntimeRow} from '../models/runtime.js'
import type {User as UserRow} from '../models/user.js'
import type {Workspace as WorkspaceRow} from '../models/workspace.js'

export const time = (date: Date): string => date.toISOString()
export const timeOrNull = (date: Date | null | undefined): string | null =>
  date ? date.toISOString() : null

export const serialiseUser = (row: UserRow): User => ({
  id: row.id,
  name: row.name,
  email: row.email,
  avatar_url: row.avatar_url ?? null,
  created_at: time(row.created_at),
  updated_at: time(row.updated_at),
})

export const serialiseWorkspace = (row: WorkspaceRow): Workspace => ({
  id: row.id,
  name: row.name,
  slug: row.slug,
  description: row.description ?? null,
  context: row.context ?? null,
  settings: row.settings,
  repos: row.repos,
  retention_days: row.retention_days ?? null,
  issue_prefix: row.issue_prefix,
  created_at: time(row.created_at),
  updated_at: time(row.updated_at),
})

export const serialiseToken = (row: TokenRow): PersonalAccessToken => ({
  id: row.id,
  name: row.name,
  token_prefix: row.token_prefix,
  expires_at: timeOrNull(row.expires_at),
  last_used_at: timeOrNull(row.last_used_at),
  created_at: time(row.created_at),
})

export const serialiseRuntime = (row: RuntimeRow): Runtime => ({
  id: row.id,
  workspace_id: row.workspace_id,
  daemon_id: row.daemon_id ?? null,
  name: row.name,
  runtime_mode: row.runtime_mode,
  provider: row.provider,
  status: row.status,
  device_info: row.device_info,
  metadata: row.metadata,
  last_seen_at: timeOrNull(row.last_seen_at),
  created_at: time(row.created_at),
  updated_at: time(row.updated_at),
})
