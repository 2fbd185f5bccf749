import type {Transaction} from 'sequelize'
import {notFound} from '../../src/errors.js'
import {parseUuid} from '../../src/ids.js'
import type {Issue, LocalDir} from '../../src/protocol/issue.js'
import type {ServerContext} from '../context.js'
import type {Issue as IssueRow} from '../models/issue.js'
import {time, timeOrNull} from './serialise.js'

/**
 * The one way from what a path names to an issue: a UUID is a UUID; else prefix and number must both
 * match (contract §2.4).
 * @throws AppError 404
 */
export async function requireIssue(
  context: ServerContext,
  workspaceId: string,
  named: string,
  tx?: Transaction,
): Promise<IssueRow> {
  const row = await findIssue(context, workspaceId, named, tx)
  if (!row) throw notFound('issue')
  return row
}

/** The same, or null. In a transaction the issue is locked, so that what is decided from it holds (Postgres). */
export async function findIssue(
  context: ServerContext,
  workspaceId: string,
  named: string,
  tx?: Transaction,
): Promise<IssueRow | null> {
  const {Issue: Issues} = context.db.models
  const options = tx ? {transaction: tx, lock: tx.LOCK.NO_KEY_UPDATE} : {}
  const id = parseUuid(named)
  if (id) return Issues.findOne({where: {id, workspace_id: workspaceId}, ...options})
  const match = /^(.+)-(\d{1,9})$/.exec(named.trim())
  if (!match) return null
  const prefix = await issuePrefixOf(context, workspaceId, tx)
  if (match[1]?.toUpperCase() !== prefix.toUpperCase()) return null
  return Issues.findOne({where: {number: Number(match[2]), workspace_id: workspaceId}, ...options})
}

export async function issuePrefixOf(
  context: ServerContext,
  workspaceId: string,
  tx?: Transaction,
): Promise<string> {
  const row = await context.db.models.Workspace.findByPk(workspaceId, {
    attributes: ['issue_prefix'],
    ...(tx && {transaction: tx}),
  })
  return row?.issue_prefix ?? ''
}

export const serialiseIssue = (row: IssueRow, prefix: string): Issue => ({
  id: row.id,
  workspace_id: row.workspace_id,
  number: row.number,
  identifier: `${prefix}-${row.number}`,
  title: row.title,
  description: row.description ?? null,
  status: row.status,
  priority: row.priority,
  assignee_type: row.assignee_type ?? null,
  assignee_id: row.assignee_id ?? null,
  creator_type: row.creator_type,
  creator_id: row.creator_id,
  parent_issue_id: row.parent_issue_id ?? null,
  position: row.position,
  due_date: timeOrNull(row.due_date),
  max_cost_usd: row.max_cost_usd ?? null,
  ...localDirOf(row),
  created_at: time(row.created_at),
  updated_at: time(row.updated_at),
})

/** Where the issue asks to be worked on, as a part of it and of its runs. */
export function localDirOf(row: IssueRow | null): {local_dir?: LocalDir} {
  if (!row?.local_dir) return {}
  return {local_dir: {path: row.local_dir, mode: row.local_dir_mode ?? 'in_place'}}
}
