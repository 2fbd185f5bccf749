import {Op} from 'sequelize'
import type {Issue} from '../../src/protocol/issue.js'
import type {Access} from '../auth/principal.js'
import type {ServerContext} from '../context.js'
import {issuePrefixOf, serialiseIssue} from './issue-resolver.js'

const CLOSED = ['done', 'cancelled']

export interface IssueListing {
  issues: Issue[]
  counts: {open: number; closed: number}
}

/** One page of open or closed issues, newest first, and how many there are of each. */
export async function listIssues(
  context: ServerContext,
  access: Access,
  wanted: {closed: boolean; limit: number; offset: number},
): Promise<IssueListing> {
  const {Issue: Issues} = context.db.models
  const where = (closed: boolean) => ({
    workspace_id: access.workspaceId,
    status: {[closed ? Op.in : Op.notIn]: CLOSED},
  })
  const rows = await Issues.findAll({
    where: where(wanted.closed),
    order: [['number', 'DESC']],
    limit: wanted.limit,
    offset: wanted.offset,
  })
  const open = await Issues.count({where: where(false)})
  const closed = await Issues.count({where: where(true)})
  const prefix = await issuePrefixOf(context, access.workspaceId)
  return {issues: rows.map((row) => serialiseIssue(row, prefix)), counts: {open, closed}}
}
