import * as z from 'zod'

/**
 * The parts of Claude Code's stream-json that are read; everything else of an event is left alone. A
 * member of another type counts as absent: a newer version must not make a whole event unreadable, an
 * end mark least of all (fault A18).
 */
const text = z.string().optional().catch(undefined)
const number = z.number().optional().catch(undefined)
const flag = z.boolean().optional().catch(undefined)
const object = z.record(z.string(), z.unknown()).optional().catch(undefined)

const Block = z.looseObject({
  type: z.string().catch(''),
  text,
  thinking: text,
  id: text,
  name: text,
  input: z.unknown().optional(),
  tool_use_id: text,
  content: z.unknown().optional(),
  is_error: flag,
})
export type Block = z.output<typeof Block>

const Tokens = z
  .looseObject({
    input_tokens: number,
    output_tokens: number,
    cache_read_input_tokens: number,
    cache_creation_input_tokens: number,
  })
  .optional()
  .catch(undefined)
export type Tokens = z.output<typeof Tokens>

const ModelUsage = z.looseObject({
  inputTokens: number,
  outputTokens: number,
  cacheReadInputTokens: number,
  cacheCreationInputTokens: number,
  costUSD: number,
})
const ModelUsages = z.record(z.string(), ModelUsage).optional().catch(undefined)
export type ModelUsages = z.output<typeof ModelUsages>

export const ClaudeEvent = z.looseObject({
  type: z.string(),
  subtype: text,
  session_id: text,
  parent_tool_use_id: text,
  /** assistant and user: one message, usually with one block. */
  message: z
    .looseObject({
      id: text,
      model: text,
      content: z
        .union([z.string(), z.array(Block)])
        .optional()
        .catch(undefined),
      usage: Tokens,
    })
    .optional()
    .catch(undefined),
  /** stream_event: a raw event of the model's own stream. */
  event: z
    .looseObject({
      type: z.string(),
      message: z.looseObject({id: text, model: text, usage: Tokens}).optional().catch(undefined),
      content_block: Block.optional().catch(undefined),
      delta: z.looseObject({text, thinking: text}).optional().catch(undefined),
      usage: Tokens,
    })
    .optional()
    .catch(undefined),
  /** system/api_retry */
  attempt: number,
  max_retries: number,
  error_status: z.union([z.number(), z.string()]).optional().catch(undefined),
  error: z.unknown().optional(),
  /** result */
  is_error: flag,
  result: text,
  errors: z.array(z.unknown()).optional().catch(undefined),
  terminal_reason: text,
  api_error_status: number,
  total_cost_usd: number,
  usage: Tokens,
  modelUsage: ModelUsages,
  model_usage_since_last_result: ModelUsages,
  /** control_request */
  request_id: text,
  request: z
    .looseObject({
      subtype: text,
      tool_name: text,
      tool_use_id: text,
      title: text,
      description: text,
      input: object,
      message: text,
    })
    .optional()
    .catch(undefined),
})
export type ClaudeEvent = z.output<typeof ClaudeEvent>

/** An event, or undefined for a line that is none: such a line is shown, not dropped. */
export function parseClaudeLine(line: string): ClaudeEvent | undefined {
  try {
    const parsed = ClaudeEvent.safeParse(JSON.parse(line))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}
