import {asCount, asObject, dayOf, type LogReader, parseObject} from './log-record.js'

interface Tokens {
  input: number
  output: number
  cached: number
  written: number
}

/**
 * A rollout of Codex: `<CODEX_HOME>/sessions/YYYY/MM/DD/rollout-….jsonl` (contract §5.15). Its figures
 * are sums over the thread, so each adds what it has more than the one before; the first one counts as
 * its own turn alone, because a thread may begin with the past of another one. What came from the cache
 * is a part of the input, and reasoning a part of the output (faults N3, N8).
 */
export function createCodexLogReader(): LogReader {
  let model = 'unknown'
  let thread = ''
  let count = 0
  let before: Tokens | undefined
  return {
    read(line) {
      if (!/"(token_count|turn_context|session_meta)"/.test(line)) return undefined
      const entry = parseObject(line)
      const payload = asObject(entry?.payload)
      if (entry?.type === 'session_meta') thread = String(payload?.id ?? thread)
      if (entry?.type === 'turn_context' && typeof payload?.model === 'string')
        model = payload.model
      const info = asObject(payload?.info)
      const date = dayOf(entry?.timestamp)
      if (payload?.type !== 'token_count' || !info || !date) return undefined
      const total = tokensOf(info.total_token_usage ?? info.last_token_usage)
      const since =
        before ?? minus(total, tokensOf(info.last_token_usage ?? info.total_token_usage))
      before = total
      const used = minus(total, since)
      if (used.input + used.output === 0) return undefined
      return {
        key: `${thread} ${++count}`,
        date,
        model: typeof info.model === 'string' ? info.model : model,
        input: Math.max(0, used.input - used.cached),
        output: used.output,
        cacheRead: used.cached,
        cacheWrite: used.written,
      }
    },
  }
}

function tokensOf(value: unknown): Tokens {
  const usage = asObject(value)
  return {
    input: asCount(usage?.input_tokens),
    output: asCount(usage?.output_tokens),
    cached: asCount(usage?.cached_input_tokens) || asCount(usage?.cache_read_input_tokens),
    written: asCount(usage?.cache_write_input_tokens),
  }
}

const minus = (from: Tokens, what: Tokens): Tokens => ({
  input: Math.max(0, from.input - what.input),
  output: Math.max(0, from.output - what.output),
  cached: Math.max(0, from.cached - what.cached),
  written: Math.max(0, from.written - what.written),
})
