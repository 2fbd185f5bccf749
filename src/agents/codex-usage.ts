import * as z from 'zod'
import type {TaskUsage} from '../protocol/task.js'

const Count = z.number().nullish()
const Tokens = z.looseObject({
  inputTokens: Count,
  cachedInputTokens: Count,
  cacheWriteInputTokens: Count,
  outputTokens: Count,
})
type Tokens = z.output<typeof Tokens>

const TokenUsage = z.looseObject({total: Tokens, last: Tokens.nullish()})

/**
 * What a run has used. Codex counts over the whole thread, so a resumed run is the difference to what
 * the thread had when the run began (fault N3).
 */
export class CodexUsage {
  #before: Tokens | undefined
  #model: string | null = null

  set model(name: string | null | undefined) {
    this.#model = name ?? this.#model
  }

  /** A figure that came before the run's own turn: what the thread had used until then. */
  baseline(tokenUsage: unknown): void {
    const parsed = TokenUsage.safeParse(tokenUsage)
    if (parsed.success) this.#before = parsed.data.total
  }

  /** @returns what this run has used so far; undefined when the figures cannot be read */
  update(tokenUsage: unknown): TaskUsage | undefined {
    const parsed = TokenUsage.safeParse(tokenUsage)
    if (!parsed.success) return undefined
    const {total, last} = parsed.data
    this.#before ??= minus(total, last ?? total)
    return this.#asUsage(minus(total, this.#before))
  }

  #asUsage({inputTokens, cachedInputTokens, cacheWriteInputTokens, outputTokens}: Tokens) {
    const whole = inputTokens ?? null
    return {
      model: this.#model,
      // Codex counts what came from the cache as input too.
      input_tokens: whole === null ? null : Math.max(0, whole - (cachedInputTokens ?? 0)),
      output_tokens: outputTokens ?? null,
      cache_read_tokens: cachedInputTokens ?? null,
      cache_write_tokens: cacheWriteInputTokens ?? null,
      cost_usd: null,
    }
  }
}

function minus(from: Tokens, what: Tokens): Tokens {
  const difference = (key: keyof Tokens & string) => {
    const [a, b] = [from[key], what[key]]
    return typeof a === 'number' ? Math.max(0, a - (typeof b === 'number' ? b : 0)) : undefined
  }
  return {
    inputTokens: difference('inputTokens'),
    cachedInputTokens: difference('cachedInputTokens'),
    cacheWriteInputTokens: difference('cacheWriteInputTokens'),
    outputTokens: difference('outputTokens'),
  }
}
