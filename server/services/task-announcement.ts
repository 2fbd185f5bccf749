import type {Transaction} from 'sequelize'
import type {ServerContext} from '../context.js'
import type {AppendOptions} from '../feed/event-log.js'
import type {Task as TaskRow} from '../models/task.js'
import {viewAgent} from './agent-view.js'
import {statusEvent} from './task-view.js'

/** Tells readers and daemons of a task's new status, and of its agent's (contract §3.3, §7.7). */
export async function announceStatus(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
): Promise<void> {
  const agent = await context.db.models.Agent.findByPk(row.agent_id, {transaction: tx})
  await context.events.append(
    tx,
    row.workspace_id,
    [
      statusEvent(row),
      ...(agent
        ? [{type: 'agent:status' as const, payload: {agent: await viewAgent(context, agent, tx)}}]
        : []),
    ],
    {taskId: row.id, ...(agent?.visibility === 'private' && {privateAgentId: agent.id})},
  )
}

/** Whom events about a task reach: its readers, and of a private agent only those who may see it. */
export async function audienceOf(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
): Promise<AppendOptions> {
  const agent = await context.db.models.Agent.findByPk(row.agent_id, {
    attributes: ['id', 'visibility'],
    transaction: tx,
  })
  return {taskId: row.id, ...(agent?.visibility === 'private' && {privateAgentId: agent.id})}
}
