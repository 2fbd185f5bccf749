import type {AgentSettings} from '../agents/adapter.js'
import {adapterOf} from '../agents/adapters.js'
import type {TaskUsage} from '../protocol/task.js'
import type {TaskSpec} from '../task-folder/task-spec.js'
import type {StopRequest} from './stop-request.js'

export interface CostWatch {
  /** @returns the usage with what it costs by the user's own prices, when the agent does not say */
  note(usage: TaskUsage): TaskUsage
}

/**
 * Ends a run that has cost what it may. Costs are those that the agent reports, or those of the prices
 * that the user has set for it; none is made up.
 * @param remark shows something in the transcript
 */
export function watchCost(
  {task, settings}: Pick<TaskSpec, 'task' | 'settings'>,
  stop: StopRequest,
  remark: (text: string) => void,
): CostWatch {
  const limit = task.max_cost_usd
  let warned = false
  return {
    note(reported) {
      const usage = withPrices(reported, settings.prices)
      if (limit === null || limit === undefined) return usage
      if (usage.cost_usd !== null && usage.cost_usd >= limit) {
        stop.stop({kind: 'failed', reason: 'cost_limit', error: costLimitText(usage, limit)})
      } else if (usage.cost_usd === null && !adapterOf(settings.type).limitsCosts && !warned) {
        warned = true
        remark(
          `this agent does not report what it costs, so the limit of ${dollars(limit)} cannot end the run; set "prices" for it in agents.json`,
        )
      }
      return usage
    },
  }
}

export const costLimitText = (usage: TaskUsage | undefined, limit: number): string => {
  const cost = usage?.cost_usd
  const used = cost === null || cost === undefined ? '' : ` (it has used ${dollars(cost)})`
  return `the run reached its cost limit of ${dollars(limit)}${used}`
}

/** Tokens of a kind without a price of its own cost what input costs. */
function withPrices(usage: TaskUsage, prices: AgentSettings['prices']): TaskUsage {
  if (!prices || usage.cost_usd !== null) return usage
  const {input_tokens, output_tokens, cache_read_tokens, cache_write_tokens} = usage
  if (input_tokens === null && output_tokens === null) return usage
  const {input, output, cache_read = input, cache_write = input} = prices
  const cost =
    (input_tokens ?? 0) * input +
    (output_tokens ?? 0) * output +
    (cache_read_tokens ?? 0) * cache_read +
    (cache_write_tokens ?? 0) * cache_write
  return {...usage, cost_usd: cost / 1_000_000, estimated: true}
}

const dollars = (amount: number): string => `$${amount.toFixed(amount < 0.1 ? 4 : 2)}`
