import {Flags, type Interfaces} from '@oclif/core'
import {approvalFlags, policyOf} from './approval-flags.js'
import {maxCostFlag, parseCost} from './parse-cost.js'
import {readTextFlag} from './read-text.js'

/** The fields of an agent, for `agent create` and `agent update`. */
export const agentFieldFlags = {
  description: Flags.string({description: 'what it is for'}),
  instructions: Flags.string({
    description: 'what it is told with every issue',
    exclusive: ['instructions-file'],
  }),
  'instructions-file': Flags.string({description: 'file with them; - for standard input'}),
  'max-concurrent-tasks': Flags.integer({
    description: 'runs at the same time',
    min: 1,
    max: 1000,
  }),
  'max-cost': maxCostFlag,
  ...approvalFlags,
}

/**
 * What the flags say, for the body of a request; undefined where they say nothing.
 * @throws AppError for a file that cannot be read or an amount that is none
 */
export async function readAgentFields(flags: Interfaces.InferredFlags<typeof agentFieldFlags>) {
  const cost = flags['max-cost']
  return {
    description: flags.description,
    instructions: await readTextFlag('instructions', flags),
    max_concurrent_tasks: flags['max-concurrent-tasks'],
    max_cost_usd: cost === undefined ? undefined : parseCost(cost, '--max-cost'),
    approvals: policyOf(flags),
  }
}
