import {literal, Op, type Transaction, type WhereOptions} from 'sequelize'
import type {z} from 'zod'
import {AppError, invalid} from '../../src/errors.js'
import type {
  Issue,
  IssueChange,
  IssueList,
  IssuePriority,
  IssueStatus,
  NewIssue,
} from '../../src/protocol/issue.js'
import type {Access} from '../auth/principal.js'
import type {ServerContext} from '../context.js'
import type {Issue as IssueRow} from '../models/issue.js'
import {recordActivity} from './activity.js'
import {maySee} from './agents.js'
import {announceTask, type Enqueued, enqueue, enqueuedAnswer} from './enqueue.js'
import {applyChange, changeEvents, type IssueDifference} from './issue-change.js'
import {findIssue, issuePrefixOf, requireIssue, serialiseIssue} from './issue-resolver.js'
import type {TaskEnding} from './task-ending.js'
import {wakeReadersOf} from './wake-readers.js'

export interface IssueFilter {
  limit: number
  offset: number
  statuses?: IssueStatus[] | undefined
  priorities?: IssuePriority[] | undefined
  assigneeId?: string | undefined
}

const CLOSED = ['done', 'cancelled']

/** Issues and what they set in motion (contract §2.4, §7.5). */
export type IssueService = ReturnType<typeof createIssueService>

export function createIssueService(context: ServerContext, ending: TaskEnding) {
  const {db} = context
  const {Issue: Issues} = db.models
  return {
    async list(access: Access, filter: IssueFilter): Promise<IssueList> {
      const where: WhereOptions = {
        workspace_id: access.workspaceId,
        ...(filter.statuses && {status: filter.statuses}),
        ...(filter.priorities && {priority: filter.priorities}),
        ...(filter.assigneeId && {assignee_id: filter.assigneeId}),
      }
      const {rows, count} = await Issues.findAndCountAll({
        where,
        limit: filter.limit,
        offset: filter.offset,
        order: [
          ['position', 'ASC'],
          ['created_at', 'DESC'],
          ['id', 'ASC'],
        ],
      })
      const prefix = await issuePrefixOf(context, access.workspaceId)
      return {issues: rows.map((row) => serialiseIssue(row, prefix)), total: count}
    },

    async get(access: Access, named: string): Promise<Issue> {
      const row = await requireIssue(context, access.workspaceId, named)
      return serialiseIssue(row, await issuePrefixOf(context, access.workspaceId))
    },

    create: (access: Access, input: z.output<typeof NewIssue>) =>
      db.transaction((tx) => createIssue(context, tx, access, input)),

    async update(
      access: Access,
      named: string,
      change: z.output<typeof IssueChange>,
    ): Promise<Issue & Enqueued> {
      return db.transaction(async (tx) => {
        const row = await requireIssue(context, access.workspaceId, named, tx)
        requireOwnIssue(access, row)
        if (access.principal.kind === 'task') requireHarmless(change)
        if (!keepsAssignee(row, change)) await requireAssignee(context, access, change, tx)
        const difference = applyChange(row, change)
        const prefix = await issuePrefixOf(context, access.workspaceId, tx)
        if (difference.fields.size === 0) return serialiseIssue(row, prefix)
        await row.save({transaction: tx})
        const issue = serialiseIssue(row, prefix)
        const events = await changeEvents(context, tx, access.actor, issue, difference)
        await context.events.append(tx, access.workspaceId, events)
        return {...issue, ...(await consequences({context, ending, access, tx}, row, difference))}
      })
    },

    async remove(access: Access, named: string): Promise<void> {
      if (access.principal.kind === 'task')
        throw new AppError('forbidden', 'an agent cannot delete issues')
      await db.transaction(async (tx) => {
        const row = await requireIssue(context, access.workspaceId, named, tx)
        await ending.cancelWhere(tx, {issue_id: row.id}, 'issue_deleted')
        await wakeReadersOf(context, tx, {issue_id: row.id})
        await row.destroy({transaction: tx})
        await context.events.append(tx, access.workspaceId, [
          {type: 'issue:deleted', payload: {issue_id: row.id}},
        ])
      })
    },
  }
}

async function createIssue(
  context: ServerContext,
  tx: Transaction,
  access: Access,
  input: z.output<typeof NewIssue>,
): Promise<Issue & Enqueued> {
  if (access.principal.kind === 'task')
    throw new AppError('forbidden', 'an agent cannot create issues')
  await requireAssignee(context, access, input, tx)
  const parent = input.parent_issue_id
    ? await findIssue(context, access.workspaceId, input.parent_issue_id, tx)
    : null
  if (input.parent_issue_id && !parent)
    throw invalid('parent_issue_id: no such issue here', 'parent_issue_id')
  const {number, prefix} = await nextNumber(context, tx, access.workspaceId)
  const row = await context.db.models.Issue.create(
    {
      workspace_id: access.workspaceId,
      number,
      title: input.title,
      description: input.description ?? null,
      status: input.status ?? 'backlog',
      priority: input.priority ?? 'none',
      assignee_type: input.assignee_type ?? null,
      assignee_id: input.assignee_id ?? null,
      creator_type: access.actor.type,
      creator_id: access.actor.id,
      parent_issue_id: parent?.id ?? null,
      due_date: input.due_date ? new Date(input.due_date) : null,
      max_cost_usd: input.max_cost_usd ?? null,
      local_dir: input.local_dir?.path ?? null,
      local_dir_mode: input.local_dir?.mode ?? null,
      created_at: context.now(),
    },
    {transaction: tx},
  )
  const issue = serialiseIssue(row, prefix)
  const activity = await recordActivity(context, tx, {
    workspaceId: row.workspace_id,
    issueId: row.id,
    actor: access.actor,
    action: 'created',
  })
  await context.events.append(tx, row.workspace_id, [
    {type: 'issue:created', payload: {issue}},
    activity,
  ])
  return {...issue, ...(row.status === 'todo' ? await start(context, tx, row) : {})}
}

/** The number is taken in the same transaction as the insert, so none is lost or given twice. */
async function nextNumber(context: ServerContext, tx: Transaction, workspaceId: string) {
  const {Workspace} = context.db.models
  await Workspace.update(
    {issue_counter: literal('issue_counter + 1')},
    {where: {id: workspaceId}, transaction: tx},
  )
  const workspace = await Workspace.findByPk(workspaceId, {transaction: tx})
  return {number: workspace?.issue_counter ?? 0, prefix: workspace?.issue_prefix ?? ''}
}

async function start(context: ServerContext, tx: Transaction, row: IssueRow): Promise<Enqueued> {
  const outcome = await enqueue(context, tx, row, 'on_assign')
  if (outcome.task) await announceTask(context, tx, outcome.task)
  return enqueuedAnswer(outcome)
}

interface Consequences {
  context: ServerContext
  ending: TaskEnding
  access: Access
  tx: Transaction
}

/**
 * A new assignee ends the runs of the old one and may start its own; so does taking the assignee
 * away (contract §7.5). Beside the original's triggers, an assigned issue that is moved from backlog
 * to todo starts its agent when no run is active.
 */
async function consequences(
  {context, ending, access, tx}: Consequences,
  row: IssueRow,
  difference: IssueDifference,
): Promise<Enqueued> {
  if (difference.fields.has('assignee')) {
    // A run that hands its issue to somebody else may still say its last words.
    const others = access.principal.kind === 'task' && {id: {[Op.ne]: access.principal.taskId}}
    await ending.cancelWhere(tx, {issue_id: row.id, ...others}, 'reassigned')
    return row.status === 'todo' ? start(context, tx, row) : {}
  }
  const closed = difference.fields.has('status') && CLOSED.includes(row.status)
  if (closed) {
    await ending.cancelWhere(tx, {issue_id: row.id, status: 'queued'}, 'issue_closed')
    return {}
  }
  const opened =
    difference.fields.has('status') &&
    row.status === 'todo' &&
    difference.previous.status === 'backlog'
  if (!opened || row.assignee_type !== 'agent') return {}
  const active = await context.db.models.Task.count({
    where: {issue_id: row.id, status: ['queued', 'dispatched', 'running']},
    transaction: tx,
  })
  return active > 0 ? {} : start(context, tx, row)
}

/** An agent writes on the issue of its own run only (design §4.8). */
export function requireOwnIssue(access: Access, row: IssueRow): void {
  if (access.principal.kind === 'task' && access.principal.issueId !== row.id) {
    throw new AppError('forbidden', 'a task token may write on its own issue only')
  }
}

/** What a run may cost and where it works is for people to say. */
function requireHarmless(change: z.output<typeof IssueChange>): void {
  if (change.max_cost_usd !== undefined)
    throw new AppError('forbidden', 'an agent cannot change what its runs may cost')
  if (change.local_dir !== undefined)
    throw new AppError('forbidden', 'an agent cannot change the folder in which its runs work')
}

interface Assignee {
  assignee_type?: string | null | undefined
  assignee_id?: string | null | undefined
}

/** A client that sends the whole issue must be able to, also when its assignee is gone by now. */
const keepsAssignee = (row: IssueRow, change: Assignee): boolean =>
  change.assignee_type === row.assignee_type && change.assignee_id === row.assignee_id

/** @throws AppError 400 for somebody who is not in the workspace, or whom the caller may not see */
async function requireAssignee(
  context: ServerContext,
  access: Access,
  input: Assignee,
  tx: Transaction,
): Promise<void> {
  const {assignee_type: type, assignee_id: id} = input
  if (!type && !id) return
  if (!type || !id) throw invalid('assignee_type and assignee_id belong together', 'assignee_id')
  const {Agent, Member} = context.db.models
  const workspace_id = access.workspaceId
  const options = {transaction: tx}
  const agent = type === 'agent' && (await Agent.findOne({where: {id, workspace_id}, ...options}))
  const found =
    type === 'agent'
      ? agent && maySee(access, agent)
      : await Member.findOne({where: {user_id: id, workspace_id}, ...options})
  if (!found) throw invalid(`assignee_id: no such ${type} here`, 'assignee_id')
}
