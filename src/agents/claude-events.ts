import {z} from 'zod'

/** The parts of Claude Code's stream-json that are read; everything else of an event is left alone. */
const Block = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  thinking: z.string().optional(),
  id: z.string().optional(),
  name: z.string().optional(),
  input: z.record(z.string(), z.unknown()).optional(),
  tool_use_id: z.string().optional(),
  content: z.unknown().optional(),
  is_error: z.boolean().nullish(),
})
export type Block = z.output<typeof Block>

const Tokens = z.looseObject({
  input_tokens: z.number().nullish(),
  output_tokens: z.number().nullish(),
  cache_read_input_tokens: z.number().nullish(),
  cache_creation_input_tokens: z.number().nullish(),
})

const ModelUsage = z.looseObject({
  inputTokens: z.number().nullish(),
  outputTokens: z.number().nullish(),
  cacheReadInputTokens: z.number().nullish(),
  cacheCreationInputTokens: z.number().nullish(),
  costUSD: z.number().nullish(),
})

export const ClaudeEvent = z.looseObject({
  type: z.string(),
  subtype: z.string().nullish(),
  session_id: z.string().nullish(),
  parent_tool_use_id: z.string().nullish(),
  /** assistant and user: one message, usually with one block. */
  message: z
    .looseObject({
      id: z.string().nullish(),
      model: z.string().nullish(),
      content: z.union([z.string(), z.array(Block)]).optional(),
    })
    .optional(),
  /** stream_event: a raw event of the model's own stream. */
  event: z
    .looseObject({
      type: z.string(),
      index: z.number().optional(),
      message: z.looseObject({id: z.string().nullish()}).optional(),
      content_block: Block.optional(),
      delta: z
        .looseObject({
          type: z.string().optional(),
          text: z.string().optional(),
          thinking: z.string().optional(),
        })
        .optional(),
    })
    .optional(),
  /** system/api_retry */
  attempt: z.number().nullish(),
  max_retries: z.number().nullish(),
  error_status: z.number().nullish(),
  error: z.unknown().optional(),
  /** result */
  is_error: z.boolean().nullish(),
  result: z.string().nullish(),
  errors: z.array(z.unknown()).nullish(),
  num_turns: z.number().nullish(),
  total_cost_usd: z.number().nullish(),
  usage: Tokens.nullish(),
  modelUsage: z.record(z.string(), ModelUsage).nullish(),
  /** control_request */
  request_id: z.string().nullish(),
  request: z
    .looseObject({subtype: z.string(), input: z.record(z.string(), z.unknown()).optional()})
    .optional(),
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
