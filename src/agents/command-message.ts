import * as z from 'zod'
import {fitUsage, MAX_SESSION_ID} from '../protocol/task.js'

/** null means the same as leaving a member out. */
const orAbsent = <T extends z.ZodType>(schema: T) =>
  schema.nullish().transform((value) => value ?? undefined)
const text = orAbsent(z.string())
const id = orAbsent(z.union([z.string(), z.number()]).transform(String))
const flag = orAbsent(z.boolean())

/** Programs divide and multiply: what they count is made to fit. */
const figure = z.number().min(0).nullable().default(null)
const usage = z
  .object({
    model: z.string().nullable().default(null),
    input_tokens: figure,
    output_tokens: figure,
    cache_read_tokens: figure,
    cache_write_tokens: figure,
    cost_usd: figure,
    estimated: z.boolean().optional(),
  })
  .transform(fitUsage)

/**
 * The shape in which a program may speak, one JSON object a line (docs/command-agents.md). `text` is
 * taken for `content`, and numbers for ids, because that is what people write first.
 */
export const CommandMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.enum(['text', 'thinking']),
    content: text,
    text,
    block: id,
    parent_call_id: id,
  }),
  z.object({
    type: z.literal('tool_use'),
    tool: z.string().min(1),
    call_id: id,
    input: orAbsent(z.record(z.string(), z.unknown())),
    parent_call_id: id,
  }),
  z.object({
    type: z.literal('tool_result'),
    tool: text,
    call_id: id,
    output: z.unknown().optional(),
    content: z.unknown().optional(),
    is_error: flag,
    parent_call_id: id,
  }),
  z.object({
    type: z.enum(['status', 'error']),
    content: text,
    text,
  }),
  z.object({type: z.literal('usage'), usage}),
  z.object({type: z.literal('session'), session_id: z.string().min(1).max(MAX_SESSION_ID)}),
  z.object({
    type: z.literal('result'),
    output: text,
    is_error: flag,
    error: text,
  }),
])
export type CommandMessage = z.output<typeof CommandMessage>

/** A line in the message shape; undefined for every other line, which is text then. */
export function parseCommandLine(line: string): CommandMessage | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const parsed = CommandMessage.safeParse(JSON.parse(line))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}
