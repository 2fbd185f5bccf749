import {Flags} from '@oclif/core'
import {invalid} from '../errors.js'
import {
  APPROVAL_ACTIONS,
  APPROVAL_MODES,
  type ApprovalMode,
  type ApprovalPolicy,
  type ApprovalRule,
} from '../protocol/approvals.js'
import {parseDuration} from '../settings/duration.js'

const rule = (action: string) =>
  Flags.string({
    description: `${action} this tool, whatever --approvals says; * stands for any characters`,
    multiple: true,
  })

/** How an agent's questions are decided. */
export const approvalFlags = {
  approvals: Flags.option({
    options: APPROVAL_MODES,
    description: 'when the agent asks: allow everything, ask people, or refuse',
  })(),
  allow: rule('allow'),
  ask: rule('ask people about'),
  deny: rule('refuse'),
  'approval-limit': Flags.string({description: 'how long people may take, like 30m or 4h'}),
  'at-limit': Flags.option({
    options: ['allow', 'deny'] as const,
    description: 'what counts when nobody has answered',
  })(),
}

export interface ApprovalChoice {
  approvals?: ApprovalMode | undefined
  allow?: string[] | undefined
  ask?: string[] | undefined
  deny?: string[] | undefined
  'approval-limit'?: string | undefined
  'at-limit'?: 'allow' | 'deny' | undefined
}

/**
 * The policy that the flags make of the one before; undefined when none of them is given. New rules
 * replace the old ones. Of several that fit a tool the one without `*` counts, then the strictest.
 */
export function policyOf(
  flags: ApprovalChoice,
  before: Partial<ApprovalPolicy> = {},
): Partial<ApprovalPolicy> | undefined {
  const rules = rulesOf(flags)
  const {approvals: mode, 'at-limit': atLimit, 'approval-limit': limit} = flags
  if (mode === undefined && rules.length === 0 && limit === undefined && atLimit === undefined) {
    return undefined
  }
  return {
    ...before,
    ...(mode && {mode}),
    ...(rules.length > 0 && {rules}),
    ...(limit && {limit_seconds: secondsOf(limit)}),
    ...(atLimit && {at_limit: atLimit}),
  }
}

function rulesOf(flags: ApprovalChoice): ApprovalRule[] {
  const rules = [...APPROVAL_ACTIONS]
    .reverse()
    .flatMap((action) => (flags[action] ?? []).map((tool) => ({tool, action})))
  const isExact = ({tool}: ApprovalRule) => !tool.includes('*')
  return [...rules.filter(isExact), ...rules.filter((one) => !isExact(one))]
}

function secondsOf(text: string): number {
  const seconds = Math.round(parseDuration(text, '--approval-limit') / 1000)
  if (seconds < 1) throw invalid('--approval-limit: at least 1s', 'approval-limit')
  return seconds
}
