import {Op, type Transaction} from 'sequelize'
import type {z} from 'zod'
import {AppError, invalid, notFound} from '../../src/errors.js'
import type {Agent, AgentChange, AgentTrigger, NewAgent, Skill} from '../../src/protocol/agent.js'
import {requireRole} from '../auth/access.js'
import type {Access} from '../auth/principal.js'
import type {ServerContext} from '../context.js'
import type {Agent as AgentRow} from '../models/agent.js'
import {serialiseSkill, viewAgent, viewAgents} from './agent-view.js'
import type {TaskEnding} from './task-ending.js'
import {wakeMembers, wakeReadersOf} from './wake-readers.js'

/** Stored explicitly, so that an empty list can mean "never by itself" (contract §2.7). */
const DEFAULT_TRIGGERS: AgentTrigger[] = [
  {type: 'on_assign', enabled: true},
  {type: 'on_comment', enabled: true},
]
const DEFAULT_CONCURRENCY = 6

/** Agents of a workspace (contract §2.7). */
export type AgentService = ReturnType<typeof createAgentService>

export function createAgentService(context: ServerContext, ending: TaskEnding) {
  const {db, events} = context
  const {Agent: Agents, AgentSkill, Skill: Skills, Runtime} = db.models
  return {
    async list(access: Access): Promise<Agent[]> {
      const rows = await Agents.findAll({
        where: {workspace_id: access.workspaceId},
        order: [
          ['created_at', 'ASC'],
          ['id', 'ASC'],
        ],
      })
      return viewAgents(
        context,
        rows.filter((row) => maySee(access, row)),
      )
    },

    async get(access: Access, id: string): Promise<Agent> {
      return viewAgent(context, await requireAgent(context, access, id))
    },

    async create(access: Access, input: z.output<typeof NewAgent>): Promise<Agent> {
      requireRole(access, 'owner', 'admin')
      return db.transaction(async (tx) => {
        const runtime = await requireRuntime(context, access, input.runtime_id, tx)
        const row = await Agents.create(
          {
            workspace_id: access.workspaceId,
            runtime_id: runtime.id,
            name: input.name,
            description: input.description ?? '',
            instructions: input.instructions ?? '',
            avatar_url: input.avatar_url ?? null,
            runtime_mode: runtime.runtime_mode,
            runtime_config: input.runtime_config ?? {},
            visibility: input.visibility ?? 'workspace',
            max_concurrent_tasks: input.max_concurrent_tasks || DEFAULT_CONCURRENCY,
            max_cost_usd: input.max_cost_usd ?? null,
            owner_id: access.principal.kind === 'user' ? access.principal.userId : null,
            tools: input.tools ?? [],
            triggers: input.triggers ?? DEFAULT_TRIGGERS,
            approvals: input.approvals ?? null,
          },
          {transaction: tx},
        )
        const agent = await viewAgent(context, row, tx)
        await events.append(
          tx,
          access.workspaceId,
          [{type: 'agent:created', payload: {agent}}],
          audience(row),
        )
        return agent
      })
    },

    async update(access: Access, id: string, change: z.output<typeof AgentChange>): Promise<Agent> {
      requireRole(access, 'owner', 'admin')
      return db.transaction(async (tx) => {
        const row = await requireAgent(context, access, id, tx)
        const {status, runtime_id, max_concurrent_tasks, ...rest} = change
        const given = Object.entries(rest).filter(
          ([, value]) => value !== undefined && value !== null,
        )
        row.set(Object.fromEntries(given))
        if (status) row.manual_status = status === 'blocked' || status === 'error' ? status : null
        if (change.max_cost_usd !== undefined) row.max_cost_usd = change.max_cost_usd
        if (max_concurrent_tasks) row.max_concurrent_tasks = max_concurrent_tasks
        if (runtime_id && runtime_id !== row.runtime_id)
          await moveTo(context, access, row, runtime_id, tx)
        if (row.changed('visibility')) await wakeMembers(context, tx, access.workspaceId)
        await row.save({transaction: tx})
        const agent = await viewAgent(context, row, tx)
        await events.append(
          tx,
          access.workspaceId,
          [{type: 'agent:status', payload: {agent}}],
          audience(row),
        )
        return agent
      })
    },

    async remove(access: Access, id: string): Promise<void> {
      requireRole(access, 'owner', 'admin')
      await db.transaction(async (tx) => {
        const row = await requireAgent(context, access, id, tx)
        await ending.cancelWhere(tx, {agent_id: row.id}, 'agent_deleted')
        await wakeReadersOf(context, tx, {agent_id: row.id})
        await db.models.Issue.update(
          {assignee_type: null, assignee_id: null},
          {
            where: {workspace_id: access.workspaceId, assignee_type: 'agent', assignee_id: row.id},
            transaction: tx,
          },
        )
        await row.destroy({transaction: tx})
        await events.append(tx, access.workspaceId, [
          {type: 'agent:deleted', payload: {agent_id: row.id, workspace_id: access.workspaceId}},
        ])
      })
    },

    async skills(access: Access, id: string): Promise<Skill[]> {
      return (await viewAgent(context, await requireAgent(context, access, id))).skills
    },

    async setSkills(access: Access, id: string, skillIds: string[]): Promise<Skill[]> {
      requireRole(access, 'owner', 'admin')
      return db.transaction(async (tx) => {
        const row = await requireAgent(context, access, id, tx)
        const wanted = [...new Set(skillIds)]
        const skills = await Skills.findAll({
          where: {id: {[Op.in]: wanted}, workspace_id: access.workspaceId},
          order: [['name', 'ASC']],
          transaction: tx,
        })
        if (skills.length !== wanted.length)
          throw invalid('skill_ids: no such skill here', 'skill_ids')
        await AgentSkill.destroy({where: {agent_id: row.id}, transaction: tx})
        await AgentSkill.bulkCreate(
          skills.map((skill) => ({agent_id: row.id, skill_id: skill.id})),
          {transaction: tx},
        )
        const agent = await viewAgent(context, row, tx)
        await events.append(
          tx,
          access.workspaceId,
          [{type: 'agent:status', payload: {agent}}],
          audience(row),
        )
        return skills.map(serialiseSkill)
      })
    },

    async runtimes(access: Access) {
      return Runtime.findAll({
        where: {workspace_id: access.workspaceId},
        order: [
          ['created_at', 'ASC'],
          ['id', 'ASC'],
        ],
      })
    },
  }
}

/** Private agents are seen by their owner, by owners and admins, and by themselves. */
export function maySee(
  access: Access,
  row: {id: string; visibility: string; owner_id?: string | null},
): boolean {
  if (row.visibility !== 'private') return true
  if (access.principal.kind === 'task') return access.principal.agentId === row.id
  return access.role !== 'member' || row.owner_id === access.principal.userId
}

const audience = (row: AgentRow) => (row.visibility === 'private' ? {privateAgentId: row.id} : {})

export async function requireAgent(
  context: ServerContext,
  access: Access,
  id: string,
  tx?: Transaction,
): Promise<AgentRow> {
  const row = await context.db.models.Agent.findOne({
    where: {id, workspace_id: access.workspaceId},
    ...(tx && {transaction: tx}),
  })
  if (!row || !maySee(access, row)) throw notFound('agent')
  return row
}

async function requireRuntime(context: ServerContext, access: Access, id: string, tx: Transaction) {
  const runtime = await context.db.models.Runtime.findOne({
    where: {id, workspace_id: access.workspaceId},
    transaction: tx,
  })
  if (!runtime) throw invalid('invalid runtime_id', 'runtime_id')
  return runtime
}

/** Queued tasks move with their agent (contract §9 item 41). */
async function moveTo(
  context: ServerContext,
  access: Access,
  row: AgentRow,
  runtimeId: string,
  tx: Transaction,
) {
  const runtime = await requireRuntime(context, access, runtimeId, tx)
  row.runtime_id = runtime.id
  row.runtime_mode = runtime.runtime_mode
  await context.db.models.Task.update(
    {runtime_id: runtime.id},
    {where: {agent_id: row.id, status: 'queued'}, transaction: tx},
  )
}

export const conflict = (message: string, field: string) =>
  new AppError('conflict', message, {field})
