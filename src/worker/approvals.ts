import type {AgentSettings} from '../agents/adapter.js'
import {
  type ApprovalAction,
  ApprovalPolicy,
  allowsAll,
  DEFAULT_APPROVALS,
  decideTogether,
} from '../protocol/approvals.js'
import type {TaskSpec} from '../task-folder/task-spec.js'

/** How the questions of a run are decided. */
export interface Approvals {
  /** The agent may do everything, so it need not ask. */
  bypass: boolean
  /** People answer its questions. */
  questions: boolean
  limitSeconds: number
  atLimit: 'allow' | 'deny'
  decide(tool: string): ApprovalAction
}

/** The policy of the agent, as the claim told it, and the one of the machine's owner: the stricter counts. */
export function approvalsOf({task, settings}: TaskSpec): Approvals {
  const agent = ApprovalPolicy.parse(task.agent?.approvals ?? DEFAULT_APPROVALS)
  const machine = machinePolicy(settings)
  const policies = [agent, machine]
  return {
    bypass: policies.every(allowsAll),
    questions: agent.mode === 'ask' && machine.mode !== 'deny',
    limitSeconds: agent.limit_seconds,
    atLimit: agent.at_limit,
    decide: (tool) => decideTogether(policies, tool),
  }
}

function machinePolicy({approvals}: AgentSettings): ApprovalPolicy {
  if (approvals === undefined) return DEFAULT_APPROVALS
  return ApprovalPolicy.parse(typeof approvals === 'string' ? {mode: approvals} : approvals)
}
