import type {TaskUsage} from '../protocol/task.js'
import type {AgentEvent} from './adapter.js'
import type {ClaudeEvent} from './claude-events.js'

/**
 * The outcome of a run. An API error comes as `subtype: success` with `is_error: true`, so only
 * `is_error` and the subtype together tell (fault G1).
 * @param resumed the session that was to be resumed; `begun`: the session really began
 */
export function outcomeOf(
  event: ClaudeEvent,
  resumed: string | undefined,
  begun: boolean,
): AgentEvent {
  if (!event.is_error && event.subtype === 'success') {
    return {type: 'result', outcome: 'completed', output: event.result ?? ''}
  }
  return {
    type: 'result',
    outcome: 'failed',
    error: errorText(event),
    ...(resumed !== undefined && !begun && {sessionRejected: true}),
  }
}

const SENTENCES: Readonly<Record<string, string>> = {
  error_max_turns: 'claude stopped at its limit of turns',
  error_max_budget_usd: 'claude stopped at its limit of costs',
  error_max_structured_output_retries: 'claude could not produce the output that was asked for',
  error_during_execution: 'claude stopped in the middle of its work',
}

function errorText(event: ClaudeEvent): string {
  const errors = (event.errors ?? []).map((error) =>
    typeof error === 'string' ? error : JSON.stringify(error),
  )
  const text = event.result || errors.join('; ')
  const sentence = SENTENCES[event.subtype ?? '']
  if (sentence) return text ? `${sentence}: ${text}` : sentence
  return text || `claude ended with ${event.subtype ?? 'an error'}`
}

/**
 * What the run has used. `modelUsage` counts the whole process, side requests included; `usage` is the
 * turn. A run that never reached the model reports nothing, which is not the same as 0 (fault N4).
 */
export function usageOf(event: ClaudeEvent): TaskUsage | undefined {
  const models = Object.entries(event.modelUsage ?? {})
  if (models.length > 0) {
    const sum = (
      key: 'inputTokens' | 'outputTokens' | 'cacheReadInputTokens' | 'cacheCreationInputTokens',
    ) => models.reduce((total, [, usage]) => total + (usage[key] ?? 0), 0)
    const main = [...models].sort(([, a], [, b]) => (b.costUSD ?? 0) - (a.costUSD ?? 0))[0]
    return {
      model: main?.[0] ?? null,
      input_tokens: sum('inputTokens'),
      output_tokens: sum('outputTokens'),
      cache_read_tokens: sum('cacheReadInputTokens'),
      cache_write_tokens: sum('cacheCreationInputTokens'),
      cost_usd: event.total_cost_usd ?? null,
    }
  }
  if (!event.usage || !event.num_turns) return undefined
  return {
    model: null,
    input_tokens: event.usage.input_tokens ?? null,
    output_tokens: event.usage.output_tokens ?? null,
    cache_read_tokens: event.usage.cache_read_input_tokens ?? null,
    cache_write_tokens: event.usage.cache_creation_input_tokens ?? null,
    cost_usd: event.total_cost_usd ?? null,
  }
}
