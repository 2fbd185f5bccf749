import {asCount, asObject, dayOf, type LogReader, parseObject} from './log-record.js'

/**
 * A session log of Claude Code: `<config>/projects/<folder>/…/<session>.jsonl` (contract §5.15). Every block of
 * an answer has a line of its own with the usage of the whole answer, and a resumed session may repeat
 * earlier ones, so the last line of an answer counts.
 */
export function createClaudeLogReader(): LogReader {
  let unnamed = 0
  return {
    read(line) {
      if (!line.includes('"usage"')) return undefined
      const entry = parseObject(line)
      const message = asObject(entry?.message)
      const usage = asObject(message?.usage)
      const date = dayOf(entry?.timestamp)
      if (entry?.type !== 'assistant' || !message || !usage || !date) return undefined
      if (message.model === '<synthetic>') return undefined
      const id = message.id ?? entry.requestId
      return {
        key:
          id === undefined
            ? `line ${++unnamed} ${String(entry.uuid)}`
            : `${String(message.id)}:${String(entry.requestId)}`,
        date,
        model: modelName(message.model),
        input: asCount(usage.input_tokens),
        output: asCount(usage.output_tokens),
        cacheRead: asCount(usage.cache_read_input_tokens),
        cacheWrite: asCount(usage.cache_creation_input_tokens),
      }
    },
  }
}

/** `us.anthropic.claude-…` and `claude-…` are one model. */
const modelName = (name: unknown): string =>
  typeof name === 'string' && name !== '' ? (name.split('anthropic.').at(-1) as string) : 'unknown'
