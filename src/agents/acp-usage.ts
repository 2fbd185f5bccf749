import * as z from 'zod'
import type {TaskUsage} from '../protocol/task.js'
import type {SessionUpdate} from './acp-messages.js'
import type {AcpPreset} from './acp-presets.js'

const Count = z.number().int().min(0).nullish()
const Tokens = z.looseObject({
  inputTokens: Count,
  outputTokens: Count,
  cachedReadTokens: Count,
  cachedWriteTokens: Count,
  thoughtTokens: Count,
  totalTokens: Count,
})
type Tokens = z.output<typeof Tokens>

/** Gemini's form, beside the answer. */
const Quota = z.looseObject({
  quota: z.looseObject({
    token_count: z.looseObject({input_tokens: Count, output_tokens: Count}),
    model_usage: z.array(z.looseObject({model: z.string()})).nullish(),
  }),
})

const PARTS = ['input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_write_tokens'] as const
type Parts = Record<(typeof PARTS)[number], number | null>

/**
 * What a run has used, from the forms that agents have for it: with the end of a turn, or with each
 * answer of the model. What an agent does not tell stays null, never 0 (fault N4).
 */
export class AcpUsage {
  preset: AcpPreset
  model: string | null = null
  /** Whether the session had an earlier run: its costs are then not this run's (fault N2). */
  readonly #resumed: boolean
  #tokens: Parts | undefined
  #toldByAnswer = false
  #costBefore: number | undefined
  #cost: number | undefined

  constructor(preset: AcpPreset, resumed: boolean) {
    this.preset = preset
    this.#resumed = resumed
  }

  /** Costs of the session so far; before the run's own turn they are those of earlier runs. */
  costed(cost: NonNullable<SessionUpdate['cost']>, turnBegun: boolean): TaskUsage | undefined {
    if (cost.currency && cost.currency !== 'USD') return undefined
    if (!turnBegun) {
      this.#costBefore = cost.amount
      return undefined
    }
    this.#cost = cost.amount
    return this.#sum()
  }

  /** The figures of one answer of the model. */
  answered(raw: unknown): TaskUsage | undefined {
    const parsed = Tokens.safeParse(raw)
    if (!parsed.success) return undefined
    this.#toldByAnswer = true
    return this.#add(partsOf(parsed.data))
  }

  /** The figures with the end of a turn. */
  ended(raw: unknown, meta: unknown): TaskUsage | undefined {
    const quota = Quota.safeParse(meta)
    if (quota.success) {
      const {token_count: count, model_usage: models} = quota.data.quota
      this.model = models?.[0]?.model ?? this.model
      return this.#add({
        ...NOTHING,
        input_tokens: count.input_tokens ?? null,
        output_tokens: count.output_tokens ?? null,
      })
    }
    const parsed = Tokens.safeParse(raw)
    if (!parsed.success || this.#toldByAnswer || this.preset.countsLastAnswer) return this.#sum()
    return this.#add(partsOf(parsed.data))
  }

  #add(parts: Parts): TaskUsage | undefined {
    const before = this.#tokens
    this.#tokens = before ? sumOf(before, parts) : parts
    return this.#sum()
  }

  #sum(): TaskUsage | undefined {
    const cost = this.#ownCost()
    if (!this.#tokens && cost === null) return undefined
    return {model: this.model, ...(this.#tokens ?? NOTHING), cost_usd: cost}
  }

  #ownCost(): number | null {
    if (this.#cost === undefined) return null
    const isKnown = !this.#resumed || this.preset.costsProcess
    const before = this.#costBefore ?? (isKnown ? 0 : undefined)
    if (before === undefined) return null
    return Math.max(0, this.#cost - before) || null
  }
}

const NOTHING: Parts = {
  input_tokens: null,
  output_tokens: null,
  cache_read_tokens: null,
  cache_write_tokens: null,
}

function sumOf(a: Parts, b: Parts): Parts {
  const add = (name: keyof Parts) =>
    a[name] === null && b[name] === null ? null : (a[name] ?? 0) + (b[name] ?? 0)
  return Object.fromEntries(PARTS.map((name) => [name, add(name)])) as Parts
}

/**
 * Some count what came from the cache, and what was thought, within input and output, others beside
 * them: their total tells which (fault N3).
 */
function partsOf(tokens: Tokens): Parts {
  const {inputTokens, outputTokens, cachedReadTokens, cachedWriteTokens} = tokens
  const input = inputTokens ?? 0
  const output = outputTokens ?? 0
  const cached = (cachedReadTokens ?? 0) + (cachedWriteTokens ?? 0)
  const beside = tokens.totalTokens ? tokens.totalTokens - input - output : cached
  const cachedBeside = beside >= cached
  const thoughtBeside = cachedBeside ? beside - cached : beside
  const thought = thoughtBeside > 0 ? Math.min(thoughtBeside, tokens.thoughtTokens ?? 0) : 0
  return {
    input_tokens:
      inputTokens === undefined || inputTokens === null
        ? null
        : cachedBeside
          ? input
          : Math.max(0, input - cached),
    output_tokens: outputTokens === undefined || outputTokens === null ? null : output + thought,
    cache_read_tokens: cachedReadTokens ?? null,
    cache_write_tokens: cachedWriteTokens ?? null,
  }
}
