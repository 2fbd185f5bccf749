import type {Transaction} from 'sequelize'
import type {WorkspaceEvent} from '../../src/protocol/events.js'
import type {ServerContext} from '../context.js'
import type {AppendOptions} from '../feed/event-log.js'
import type {Agent as AgentRow} from '../models/agent.js'
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
    [statusEvent(row), ...(agent ? [await agentStatusEvent(context, agent, tx)] : [])],
    {taskId: row.id, ...(agent?.visibility === 'private' && {privateAgentId: agent.id})},
  )
}

/** An agent's derived status; without instructions and skills, which may be long and do not change here (contract §3.3). */
export async function agentStatusEvent(
  context: ServerContext,
  row: AgentRow,
  tx: Transaction,
): Promise<WorkspaceEvent> {
  const agent = await viewAgent(context, row, tx)
  return {type: 'agent:status', payload: {agent: {...agent, instructions: '', skills: []}}}
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
