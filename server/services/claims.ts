import {QueryTypes, type Transaction} from 'sequelize'
import {AppError} from '../../src/errors.js'
import {hashToken, newTaskToken} from '../../src/ids.js'
import type {ClaimedTask} from '../../src/protocol/task.js'
import type {ServerContext} from '../context.js'
import type {Agent as AgentRow} from '../models/agent.js'
import type {Runtime as RuntimeRow} from '../models/runtime.js'
import type {Task as TaskRow} from '../models/task.js'
import {findCandidate} from './claim-candidate.js'
import {packTask} from './claim-package.js'
import {requireOwnRuntime} from './runtimes.js'
import {agentStatusEvent} from './task-announcement.js'
import type {TaskEnding} from './task-ending.js'
import {statusEvent} from './task-view.js'

/** Hands out tasks (contract §7.6 with its note). */
export interface ClaimService {
  /**
   * The best task that waits for this runtime, now dispatched with a token of its own; null when
   * there is none, or when every agent is at its limit. Parallel claims never hand out a task twice,
   * exceed an agent's limit, or run an agent twice on one issue.
   * @param signal aborted when the caller has hung up: then nothing is handed out (fault C1)
   */
  claim(userId: string, runtimeId: string, signal?: AbortSignal): Promise<ClaimedTask | null>
}

export function createClaimService(context: ServerContext, ending: TaskEnding): ClaimService {
  return {
    async claim(userId, runtimeId, signal) {
      const runtime = await requireOwnRuntime(context, userId, runtimeId)
      await cancelOfClosedIssues(context, ending, runtime)
      const tried: string[] = []
      for (;;) {
        // Most claims find nothing: they shall not cost a writing transaction.
        const found = await findCandidate(context, runtime, {...search(context), without: tried})
        if (!found) return null
        const task = await takeOf(context, runtime, found.agent_id, signal)
        if (task) return task
        // Another claim took it, and with it perhaps the agent's last place.
        tried.push(found.agent_id)
      }
    },
  }
}

const search = (context: ServerContext) => ({
  answeredBefore: new Date(context.now().getTime() - context.lease.redeliveryMs),
})

/**
 * Count and take as one step: the agent's row is locked, then the search is made again, because what
 * the first one saw may have changed.
 */
function takeOf(
  context: ServerContext,
  runtime: RuntimeRow,
  agentId: string,
  signal: AbortSignal | undefined,
): Promise<ClaimedTask | null> {
  return context.db.transaction(async (tx) => {
    const agent = await context.db.models.Agent.findByPk(agentId, {
      transaction: tx,
      // New tasks refer to the agent meanwhile: they must not wait for claims.
      lock: tx.LOCK.NO_KEY_UPDATE,
    })
    const found =
      agent && (await findCandidate(context, runtime, {...search(context), agentId}, tx))
    const row = found && (await context.db.models.Task.findByPk(found.id, {transaction: tx}))
    if (!agent || !row) return null
    const task = await dispatch(context, tx, runtime, row, agent)
    if (signal?.aborted) throw new AppError('unavailable', 'the caller of this claim has hung up')
    return task
  })
}

/**
 * Waiting tasks of closed issues are not handed out; on a cancelled issue the running ones end too.
 * A run on a done issue goes on: as a rule it is the one that has just set it to done.
 */
async function cancelOfClosedIssues(
  context: ServerContext,
  ending: TaskEnding,
  runtime: RuntimeRow,
): Promise<void> {
  const closed = await context.db.sequelize.query<{id: string; status: string}>(
    `SELECT DISTINCT i.id, i.status FROM agent_task_queue t JOIN issue i ON i.id = t.issue_id
     WHERE t.runtime_id = :runtimeId AND t.status IN ('queued', 'dispatched', 'running')
       AND t.status <> 'running' AND i.status IN ('done', 'cancelled')`,
    {replacements: {runtimeId: runtime.id}, type: QueryTypes.SELECT},
  )
  for (const issue of closed) {
    await context.db.transaction((tx) =>
      ending.cancelWhere(
        tx,
        {issue_id: issue.id, ...(issue.status === 'done' && {status: ['queued', 'dispatched']})},
        'issue_closed',
      ),
    )
  }
}

/** What is said of the issue counts before what is said of its agent. */
async function costLimit(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
  agent: AgentRow,
): Promise<number | null> {
  const issue = row.issue_id
    ? await context.db.models.Issue.findByPk(row.issue_id, {transaction: tx})
    : null
  return issue?.max_cost_usd ?? agent.max_cost_usd ?? null
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
      max_cost_usd: row.max_cost_usd ?? (await costLimit(context, tx, row, agent)),
    },
    {transaction: tx},
  )
  const about = {
    task_id: row.id,
    runtime_id: row.runtime_id,
    issue_id: row.issue_id ?? null,
    agent_id: row.agent_id,
  }
  await context.events.append(
    tx,
    row.workspace_id,
    [
      statusEvent(row),
      {type: 'task:dispatch', payload: about},
      await agentStatusEvent(context, agent, tx),
    ],
    {taskId: row.id, ...(agent.visibility === 'private' && {privateAgentId: agent.id})},
  )
  return pack(row, token)
}
