import * as z from 'zod'

/** What is done with an agent's wish to use a tool. */
export const APPROVAL_ACTIONS = ['allow', 'ask', 'deny'] as const
export type ApprovalAction = (typeof APPROVAL_ACTIONS)[number]

/** `auto`: everything is allowed. `ask`: people are asked. `deny`: what needs a permission is refused. */
export const APPROVAL_MODES = ['auto', 'ask', 'deny'] as const
export type ApprovalMode = (typeof APPROVAL_MODES)[number]

const MAX_RULES = 100
const MAX_LIMIT_SECONDS = 7 * 24 * 3600

export const ApprovalRule = z.strictObject({
  /** Name of a tool as the agent says it; `*` stands for any characters. */
  tool: z.string().min(1).max(200),
  action: z.enum(APPROVAL_ACTIONS),
})
export type ApprovalRule = z.infer<typeof ApprovalRule>

/** How an agent's questions are decided. The first rule that names the tool counts, else the mode. */
export const ApprovalPolicy = z.strictObject({
  mode: z.enum(APPROVAL_MODES).default('auto'),
  rules: z.array(ApprovalRule).max(MAX_RULES).default([]),
  /** How long a request waits for people. */
  limit_seconds: z.number().int().min(1).max(MAX_LIMIT_SECONDS).default(3600),
  /** What is done when nobody has answered. */
  at_limit: z.enum(['allow', 'deny']).default('deny'),
})
export type ApprovalPolicy = z.infer<typeof ApprovalPolicy>

export const DEFAULT_APPROVALS: ApprovalPolicy = ApprovalPolicy.parse({})

const BY_MODE = {auto: 'allow', ask: 'ask', deny: 'deny'} as const

/** What one policy says of a tool. */
export function decideTool({mode, rules}: ApprovalPolicy, tool: string): ApprovalAction {
  return rules.find((rule) => fits(rule.tool, tool))?.action ?? BY_MODE[mode]
}

/**
 * What the policy of an agent and the one of its machine's owner say together: the stricter of both,
 * so that neither can loosen the other.
 */
export function decideTogether(policies: readonly ApprovalPolicy[], tool: string): ApprovalAction {
  const strictness = policies.map((policy) => APPROVAL_ACTIONS.indexOf(decideTool(policy, tool)))
  return APPROVAL_ACTIONS[Math.max(0, ...strictness)] as ApprovalAction
}

/** Whether everything is allowed, whatever the tool. */
export const allowsAll = ({mode, rules}: ApprovalPolicy): boolean =>
  mode === 'auto' && rules.every(({action}) => action === 'allow')

function fits(pattern: string, tool: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 'is').test(tool)
}
