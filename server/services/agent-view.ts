import {QueryTypes, type Transaction} from 'sequelize'
import type {Agent, AgentStatus, Skill} from '../../src/protocol/agent.js'
import {DEFAULT_APPROVALS} from '../../src/protocol/approvals.js'
import type {ServerContext} from '../context.js'
import type {Agent as AgentRow} from '../models/agent.js'
import type {Skill as SkillRow} from '../models/skill.js'
import {time} from './serialise.js'

/** Agent rows as the API shows them, with skills and the status derived from tasks and runtime (contract §7.7). */
export async function viewAgents(
  context: ServerContext,
  rows: readonly AgentRow[],
  tx?: Transaction,
): Promise<Agent[]> {
  const options = tx ? {transaction: tx} : {}
  const runtimes = await context.db.models.Runtime.findAll({
    where: {id: rows.map((row) => row.runtime_id)},
    attributes: ['id', 'status'],
    ...options,
  })
  const busy = await busyAgents(context, rows, tx)
  const skills = await skillsOf(context, rows, tx)
  return rows.map((row) => {
    const online = runtimes.find(({id}) => id === row.runtime_id)?.status === 'online'
    const derived: AgentStatus = busy.has(row.id) ? 'working' : online ? 'idle' : 'offline'
    return {
      id: row.id,
      workspace_id: row.workspace_id,
      runtime_id: row.runtime_id,
      name: row.name,
      description: row.description,
      instructions: row.instructions,
      avatar_url: row.avatar_url ?? null,
      runtime_mode: row.runtime_mode,
      runtime_config: row.runtime_config,
      visibility: row.visibility,
      status: row.manual_status ?? derived,
      max_concurrent_tasks: row.max_concurrent_tasks,
      max_cost_usd: row.max_cost_usd ?? null,
      owner_id: row.owner_id ?? null,
      skills: skills.get(row.id) ?? [],
      tools: row.tools,
      triggers: row.triggers,
      approvals: row.approvals ?? DEFAULT_APPROVALS,
      created_at: time(row.created_at),
      updated_at: time(row.updated_at),
    }
  })
}

export async function viewAgent(
  context: ServerContext,
  row: AgentRow,
  tx?: Transaction,
): Promise<Agent> {
  const [agent] = await viewAgents(context, [row], tx)
  return agent as Agent
}

async function busyAgents(
  context: ServerContext,
  rows: readonly AgentRow[],
  tx?: Transaction,
): Promise<Set<string>> {
  if (rows.length === 0) return new Set()
  const busy = await context.db.sequelize.query<{agent_id: string}>(
    `SELECT DISTINCT agent_id FROM agent_task_queue
     WHERE agent_id IN (:ids) AND status IN ('dispatched', 'running')`,
    {
      replacements: {ids: rows.map((row) => row.id)},
      type: QueryTypes.SELECT,
      ...(tx && {transaction: tx}),
    },
  )
  return new Set(busy.map((row) => row.agent_id))
}

async function skillsOf(
  context: ServerContext,
  rows: readonly AgentRow[],
  tx?: Transaction,
): Promise<Map<string, Skill[]>> {
  const {AgentSkill, Skill: Skills} = context.db.models
  const options = tx ? {transaction: tx} : {}
  const links = await AgentSkill.findAll({where: {agent_id: rows.map((row) => row.id)}, ...options})
  if (links.length === 0) return new Map()
  const skills = await Skills.findAll({
    where: {id: links.map((link) => link.skill_id)},
    order: [['name', 'ASC']],
    ...options,
  })
  const byAgent = new Map<string, Skill[]>()
  for (const skill of skills) {
    for (const link of links.filter(({skill_id}) => skill_id === skill.id)) {
      byAgent.set(link.agent_id, [...(byAgent.get(link.agent_id) ?? []), serialiseSkill(skill)])
    }
  }
  return byAgent
}

export const serialiseSkill = (row: SkillRow): Skill => ({
  id: row.id,
  workspace_id: row.workspace_id,
  name: row.name,
  description: row.description,
  content: row.content,
  config: row.config,
  created_by: row.created_by ?? null,
  created_at: time(row.created_at),
  updated_at: time(row.updated_at),
})
