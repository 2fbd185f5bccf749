import * as z from 'zod'
import {ApprovalPolicy} from './approvals.js'
import {JsonObject, MaxCost, RequiredText, type Timestamp, Uuid} from './primitives.js'

export const AGENT_STATUSES = ['idle', 'working', 'blocked', 'error', 'offline'] as const
export type AgentStatus = (typeof AGENT_STATUSES)[number]

export interface Repository {
  url: string
  description: string
}

/** What a run is told about its agent (contract §1.6). */
export interface AgentForTask {
  id: string
  name: string
  instructions: string
  skills?: AgentSkill[]
  approvals?: ApprovalPolicy
}

export interface AgentSkill {
  name: string
  content: string
  files?: {path: string; content: string}[]
}

export const AgentTrigger = z.object({
  id: z.string().optional(),
  type: z.enum(['on_assign', 'on_comment', 'scheduled']),
  enabled: z.boolean(),
  config: JsonObject.optional(),
})
export type AgentTrigger = z.infer<typeof AgentTrigger>

/** contract §2.7 */
export interface Agent {
  id: string
  workspace_id: string
  runtime_id: string
  name: string
  description: string
  instructions: string
  avatar_url: string | null
  runtime_mode: string
  runtime_config: JsonObject
  visibility: 'workspace' | 'private'
  status: AgentStatus
  max_concurrent_tasks: number
  /** US dollars that each of its runs may cost; null for no limit. */
  max_cost_usd: number | null
  owner_id: string | null
  skills: Skill[]
  tools: unknown[]
  triggers: AgentTrigger[]
  /** How its questions are decided. */
  approvals: ApprovalPolicy
  created_at: Timestamp
  updated_at: Timestamp
}

export const NewAgent = z.object({
  name: RequiredText(100),
  runtime_id: Uuid,
  description: z.string().max(10_000).nullish(),
  instructions: z.string().max(500_000).nullish(),
  avatar_url: z.string().max(2000).nullish(),
  runtime_config: JsonObject.nullish(),
  visibility: z.enum(['workspace', 'private']).nullish(),
  max_concurrent_tasks: z.number().int().min(0).max(1000).nullish(),
  max_cost_usd: MaxCost,
  tools: z.array(z.unknown()).nullish(),
  triggers: z.array(AgentTrigger).nullish(),
  approvals: ApprovalPolicy.nullish(),
})
export type NewAgent = z.input<typeof NewAgent>

export const AgentChange = NewAgent.partial().extend({
  status: z.enum(AGENT_STATUSES).nullish(),
})
export type AgentChange = z.input<typeof AgentChange>

/** contract §2.8 */
export interface Skill {
  id: string
  workspace_id: string
  name: string
  description: string
  content: string
  config: JsonObject
  created_by: string | null
  created_at: Timestamp
  updated_at: Timestamp
  files?: SkillFile[]
}

export interface SkillFile {
  id: string
  skill_id: string
  path: string
  content: string
  created_at: Timestamp
  updated_at: Timestamp
}

/** A path inside a skill: relative, and never above its own folder. */
export const SkillPath = z
  .string()
  .min(1)
  .max(1000)
  .refine(
    (path) => !/^([/\\]|[A-Za-z]:)/.test(path) && !path.split(/[/\\]/).includes('..'),
    'must be a relative path inside the skill',
  )

export const NewSkill = z.object({
  name: RequiredText(100),
  description: z.string().max(10_000).nullish(),
  content: z.string().max(1_000_000).nullish(),
  config: JsonObject.nullish(),
  files: z.array(z.object({path: SkillPath, content: z.string()})).nullish(),
})
export type NewSkill = z.input<typeof NewSkill>

export const SkillChange = NewSkill.partial()
export const AgentSkills = z.object({skill_ids: z.array(Uuid)})
