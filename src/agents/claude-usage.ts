import type {TaskUsage} from '../protocol/task.js'
import type {ClaudeEvent, ModelUsages, Tokens} from './claude-events.js'

/**
 * What a run has used, from the messages while it goes on and from its results at the end. Messages say
 * it in time for a run that is cancelled (fault N1); results also know the costs and side requests.
 */
export class ClaudeUsage {
  readonly #messages = new Map<string, {model: string | undefined; tokens: NonNullable<Tokens>}>()
  /** The message that comes in pieces now, by the sub-agent whose it is. */
  readonly #open = new Map<string, string>()
  #sinceLast: ModelUsages

  /** @returns what is used so far, when a message begins or is complete */
  read({
    type,
    event,
    message,
    parent_tool_use_id: parent = '',
  }: ClaudeEvent): TaskUsage | undefined {
    if (type === 'assistant' && message?.model !== '<synthetic>')
      this.#note(message?.id, message?.model, message?.usage)
    if (type !== 'stream_event') return undefined
    if (event?.type === 'message_start') {
      const {id, model, usage} = event.message ?? {}
      if (id) this.#open.set(parent, id)
      this.#note(id, model, usage)
      return usage && this.#sum()
    }
    if (event?.type !== 'message_delta' || !event.usage) return undefined
    this.#note(this.#open.get(parent), undefined, event.usage)
    return this.#sum()
  }

  /** @returns the usage of the whole run; undefined when the model was never reached (fault N4) */
  result(event: ClaudeEvent): TaskUsage | undefined {
    const told = this.#told(event)
    if (this.#messages.size === 0) return told
    // The result of an interrupted run leaves out the message that was interrupted.
    const seen = this.#sum()
    const most = (key: keyof typeof COUNTS) => Math.max(told?.[key] ?? 0, seen[key] ?? 0)
    return {
      model: told?.model ?? seen.model,
      input_tokens: most('input_tokens'),
      output_tokens: most('output_tokens'),
      cache_read_tokens: most('cache_read_tokens'),
      cache_write_tokens: most('cache_write_tokens'),
      cost_usd: told?.cost_usd ?? null,
    }
  }

  #told(event: ClaudeEvent): TaskUsage | undefined {
    // `modelUsage` of a resumed session counts its earlier runs again (fault N3).
    const since = event.model_usage_since_last_result
    if (since && Object.keys(since).length > 0) {
      this.#sinceLast = add(this.#sinceLast, since)
      return ofModels(this.#sinceLast, undefined)
    }
    if (event.modelUsage && Object.keys(event.modelUsage).length > 0)
      return ofModels(event.modelUsage, event.total_cost_usd)
    const used = Object.values(tokensOf(event.usage)).some((count) => (count ?? 0) > 0)
    return used
      ? {model: null, ...tokensOf(event.usage), cost_usd: event.total_cost_usd ?? null}
      : undefined
  }

  /** All events of a message tell its usage; the last and highest count is right. */
  #note(id: string | undefined, model: string | undefined, tokens: Tokens): void {
    if (!id || !tokens) return
    const known = this.#messages.get(id)
    const most = (key: keyof typeof COUNTS) =>
      Math.max(known?.tokens[COUNTS[key]] ?? 0, tokens[COUNTS[key]] ?? 0)
    this.#messages.set(id, {
      model: model ?? known?.model,
      tokens: {
        input_tokens: most('input_tokens'),
        output_tokens: most('output_tokens'),
        cache_read_input_tokens: most('cache_read_tokens'),
        cache_creation_input_tokens: most('cache_write_tokens'),
      },
    })
  }

  #sum(): TaskUsage {
    const messages = [...this.#messages.values()]
    const sum = (key: keyof typeof COUNTS) =>
      messages.reduce((total, {tokens}) => total + (tokens[COUNTS[key]] ?? 0), 0)
    return {
      model: messages.at(-1)?.model ?? null,
      input_tokens: sum('input_tokens'),
      output_tokens: sum('output_tokens'),
      cache_read_tokens: sum('cache_read_tokens'),
      cache_write_tokens: sum('cache_write_tokens'),
      cost_usd: null,
    }
  }
}

/** Our names of the counts and the model's. */
const COUNTS = {
  input_tokens: 'input_tokens',
  output_tokens: 'output_tokens',
  cache_read_tokens: 'cache_read_input_tokens',
  cache_write_tokens: 'cache_creation_input_tokens',
} as const

const tokensOf = (tokens: Tokens) => ({
  input_tokens: tokens?.input_tokens ?? null,
  output_tokens: tokens?.output_tokens ?? null,
  cache_read_tokens: tokens?.cache_read_input_tokens ?? null,
  cache_write_tokens: tokens?.cache_creation_input_tokens ?? null,
})

const COUNTED = [
  'inputTokens',
  'outputTokens',
  'cacheReadInputTokens',
  'cacheCreationInputTokens',
  'costUSD',
] as const

function add(known: ModelUsages = {}, more: ModelUsages = {}): NonNullable<ModelUsages> {
  const total = {...known}
  for (const [model, usage] of Object.entries(more)) {
    const before = total[model]
    total[model] = Object.fromEntries(
      COUNTED.map((key) => [key, (before?.[key] ?? 0) + (usage[key] ?? 0)]),
    )
  }
  return total
}

/** The sum of all models under the name of the most expensive one. */
function ofModels(usages: NonNullable<ModelUsages>, cost: number | undefined): TaskUsage {
  const models = Object.entries(usages)
  const sum = (key: (typeof COUNTED)[number]) =>
    models.reduce((total, [, usage]) => total + (usage[key] ?? 0), 0)
  const [main] = [...models].sort(([, a], [, b]) => (b.costUSD ?? 0) - (a.costUSD ?? 0))
  return {
    model: main?.[0] ?? null,
    input_tokens: sum('inputTokens'),
    output_tokens: sum('outputTokens'),
    cache_read_tokens: sum('cacheReadInputTokens'),
    cache_write_tokens: sum('cacheCreationInputTokens'),
    cost_usd: cost ?? sum('costUSD'),
  }
}
