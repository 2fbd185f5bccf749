import type {Transaction, WhereOptions} from 'sequelize'
import {AppError, notFound} from '../../src/errors.js'
import type {Task} from '../../src/protocol/task.js'
import {isTerminal} from '../../src/protocol/task.js'
import type {Access} from '../auth/principal.js'
import type {ServerContext} from '../context.js'
import type {Task as TaskRow} from '../models/task.js'
import {maySee} from './agents.js'
import {requireIssue} from './issue-resolver.js'
import {retryTask} from './retries.js'
import type {TaskEnding} from './task-ending.js'
import {viewTask, viewTasks} from './task-view.js'

export interface TaskFilter {
  limit: number
  offset: number
  statuses?: string[] | undefined
  agentId?: string | undefined
  /** A UUID or an identifier. */
  issue?: string | undefined
}

/** Runs as people see them: list, look, cancel. */
export type TaskService = ReturnType<typeof createTaskService>

export function createTaskService(context: ServerContext, ending: TaskEnding) {
  const {db} = context
  const {Task: Tasks} = db.models
  return {
    async list(access: Access, filter: TaskFilter): Promise<{tasks: Task[]; total: number}> {
      const issue = filter.issue
        ? await requireIssue(context, access.workspaceId, filter.issue)
        : undefined
      const visible = await visibleAgents(context, access)
      const {agentId} = filter
      const where: WhereOptions = {
        workspace_id: access.workspaceId,
        ...(filter.statuses && {status: filter.statuses}),
        agent_id: agentId === undefined ? visible : visible.filter((id) => id === agentId),
        ...(issue && {issue_id: issue.id}),
      }
      const {rows, count} = await Tasks.findAndCountAll({
        where,
        limit: filter.limit,
        offset: filter.offset,
        order: [
          ['created_at', 'DESC'],
          ['id', 'DESC'],
        ],
      })
      return {tasks: await viewTasks(context, rows), total: count}
    },

    async get(access: Access, id: string): Promise<Task> {
      return viewTask(context, await requireTask(context, access, id))
    },

    /** The issue's newest dispatched or running task (contract §2.4). */
    async active(access: Access, issueNamed: string): Promise<Task | null> {
      const issue = await requireIssue(context, access.workspaceId, issueNamed)
      const rows = await Tasks.findAll({
        where: {issue_id: issue.id, status: ['dispatched', 'running']},
        order: [['created_at', 'DESC']],
      })
      const [row] = await onlyVisible(context, access, rows)
      return row ? viewTask(context, row) : null
    },

    /** Does again what an ended task was to do. */
    async retry(
      access: Access,
      id: string,
      how: {resume: boolean; maxCost?: number | null | undefined},
    ): Promise<Task> {
      return db.transaction(async (tx) => {
        const row = await requireTask(context, access, id, tx)
        await row.reload({transaction: tx, lock: tx.LOCK.UPDATE})
        return viewTask(context, await retryTask(context, tx, row, how), tx)
      })
    },

    /**
     * Cancels a task; one that has been cancelled already is answered as it is.
     * @throws AppError 409 naming the status of a task that has ended otherwise
     */
    async cancel(access: Access, id: string): Promise<Task> {
      return db.transaction(async (tx) => {
        const row = await requireTask(context, access, id, tx)
        if (row.status !== 'cancelled' && isTerminal(row.status)) {
          throw new AppError('bad_state', `the task is ${row.status} already`)
        }
        await ending.cancelWhere(tx, {id: row.id}, 'cancelled_by_user')
        await row.reload({transaction: tx})
        return viewTask(context, row, tx)
      })
    },
  }
}

/** @throws AppError 404 for an unknown task, one of another workspace, and one of an agent that is hidden */
export async function requireTask(
  context: ServerContext,
  access: Access,
  id: string,
  tx?: Transaction,
): Promise<TaskRow> {
  const options = tx ? {transaction: tx} : {}
  const row = await context.db.models.Task.findOne({
    where: {id, workspace_id: access.workspaceId},
    ...options,
  })
  if (!row || !(await isVisible(context, access, row, tx))) throw notFound('task')
  return row
}

/**
 * Asks for many tasks again that their reader could see before. Those that are gone have nothing to hide.
 * @throws AppError 404 when the agent of one of them is hidden by now
 */
export async function requireNoneHidden(
  context: ServerContext,
  access: Access,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return
  const rows = await context.db.models.Task.findAll({
    where: {id: [...ids], workspace_id: access.workspaceId},
    attributes: ['id', 'agent_id'],
  })
  if ((await onlyVisible(context, access, rows)).length < rows.length) throw notFound('task')
}

async function isVisible(
  context: ServerContext,
  access: Access,
  row: TaskRow,
  tx?: Transaction,
): Promise<boolean> {
  const agent = await context.db.models.Agent.findByPk(row.agent_id, tx ? {transaction: tx} : {})
  return agent !== null && maySee(access, agent)
}

async function onlyVisible(
  context: ServerContext,
  access: Access,
  rows: TaskRow[],
): Promise<TaskRow[]> {
  const visible = new Set(await visibleAgents(context, access))
  return rows.filter((row) => visible.has(row.agent_id))
}

/** Ids of the agents that a reader may see. */
export async function visibleAgents(context: ServerContext, access: Access): Promise<string[]> {
  const rows = await context.db.models.Agent.findAll({
    where: {workspace_id: access.workspaceId},
    attributes: ['id', 'visibility', 'owner_id'],
  })
  return rows.filter((row) => maySee(access, row)).map((row) => row.id)
}
