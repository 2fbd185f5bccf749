import {Op, type Transaction} from 'sequelize'
import {hashToken, newTaskToken} from '../../src/ids.js'
import {CLAIM_REDELIVERY_MS} from '../../src/protocol/limits.js'
import type {ClaimedTask} from '../../src/protocol/task.js'
import type {ServerContext} from '../context.js'
import type {Agent as AgentRow} from '../models/agent.js'
import type {Runtime as RuntimeRow} from '../models/runtime.js'
import type {Task as TaskRow} from '../models/task.js'
import {viewAgent} from './agent-view.js'
import {packTask} from './claim-package.js'
import {requireOwnRuntime} from './runtimes.js'
import type {TaskEnding} from './task-ending.js'
import {statusEvent} from './task-view.js'

/** How many waiting tasks one claim looks at. */
const MAX_CANDIDATES = 50

/** Hands out tasks (contract §7.6 with its note). */
export interface ClaimService {
  /**
   * The best task that waits for this runtime, now dispatched with a token of its own; null when
   * there is none, or when every agent is at its limit. One transaction: parallel claims never hand
   * out a task twice, exceed an agent's limit, or run an agent twice on one issue.
   */
  claim(userId: string, runtimeId: string): Promise<ClaimedTask | null>
}

export function createClaimService(context: ServerContext, ending: TaskEnding): ClaimService {
  return {
    async claim(userId, runtimeId) {
      const runtime = await requireOwnRuntime(context, userId, runtimeId)
      // Most claims find nothing: they shall not cost a writing transaction.
      if ((await candidates(context, runtime)).length === 0) return null
      return context.db.transaction(async (tx) => {
        for (const row of await candidates(context, runtime, tx)) {
          if (await cancelIfClosed(context, ending, tx, row)) continue
          const agent = await lockAgent(context, tx, row.agent_id)
          if (!agent || !(await mayStart(context, tx, row, agent))) continue
          return dispatch(context, tx, runtime, row, agent)
        }
        return null
      })
    },
  }
}

/** Waiting tasks, and those whose claim was answered into the void (contract §1.6). */
function candidates(
  context: ServerContext,
  runtime: RuntimeRow,
  tx?: Transaction,
): Promise<TaskRow[]> {
  const lost = new Date(context.now().getTime() - CLAIM_REDELIVERY_MS)
  return context.db.models.Task.findAll({
    where: {
      runtime_id: runtime.id,
      status: ['queued', 'dispatched'],
      [Op.or]: [
        {status: 'queued'},
        {status: 'dispatched', dispatched_at: {[Op.lt]: lost}, worker_seen_at: null},
      ],
    },
    order: [
      ['priority', 'DESC'],
      ['created_at', 'ASC'],
      ['id', 'ASC'],
    ],
    limit: MAX_CANDIDATES,
    ...(tx && {transaction: tx, lock: tx.LOCK.UPDATE, skipLocked: true}),
  })
}

async function cancelIfClosed(
  context: ServerContext,
  ending: TaskEnding,
  tx: Transaction,
  row: TaskRow,
): Promise<boolean> {
  if (!row.issue_id) return false
  const issue = await context.db.models.Issue.findByPk(row.issue_id, {transaction: tx})
  if (issue && issue.status !== 'done' && issue.status !== 'cancelled') return false
  await ending.cancelWhere(tx, {issue_id: row.issue_id}, 'issue_closed')
  return true
}

/** Serialises the claims of one agent, so that count and take are one step. */
function lockAgent(context: ServerContext, tx: Transaction, id: string): Promise<AgentRow | null> {
  return context.db.models.Agent.findByPk(id, {transaction: tx, lock: tx.LOCK.UPDATE})
}

async function mayStart(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
  agent: AgentRow,
): Promise<boolean> {
  const active = await context.db.models.Task.findAll({
    where: {
      agent_id: agent.id,
      status: ['dispatched', 'running'],
      id: {[Op.ne]: row.id},
    },
    attributes: ['id', 'issue_id'],
    transaction: tx,
  })
  if (active.length >= agent.max_concurrent_tasks) return false
  return !row.issue_id || !active.some((other) => other.issue_id === row.issue_id)
}

async function dispatch(
  context: ServerContext,
  tx: Transaction,
  runtime: RuntimeRow,
  row: TaskRow,
  agent: AgentRow,
): Promise<ClaimedTask> {
  const token = runtime.task_tokens ? newTaskToken() : undefined
  // What the run is told is read before the row says that it has begun.
  const pack = await packTask(context, tx, row, runtime, agent)
  await row.update(
    {
      status: 'dispatched',
      dispatched_at: context.now(),
      worker_seen_at: null,
      token_hash: token ? hashToken(token) : null,
      daemon_id: runtime.daemon_id ?? null,
    },
    {transaction: tx},
  )
  await context.events.append(
    tx,
    row.workspace_id,
    [
      statusEvent(row),
      {
        type: 'task:dispatch',
        payload: {
          task_id: row.id,
          runtime_id: row.runtime_id,
          issue_id: row.issue_id ?? null,
          agent_id: row.agent_id,
        },
      },
      {type: 'agent:status', payload: {agent: await viewAgent(context, agent, tx)}},
    ],
    {taskId: row.id, ...(agent.visibility === 'private' && {privateAgentId: agent.id})},
  )
  return pack(row, token)
}
