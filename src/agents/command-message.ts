import {z} from 'zod'
import {TaskUsage} from '../protocol/task.js'

/**
 * The shape in which a program may speak, one JSON object a line (docs/command-agents.md). `text` is
 * taken for `content`, and numbers for ids, because that is what people write first.
 */
export const CommandMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.enum(['text', 'thinking']),
    content: z.string().optional(),
    text: z.string().optional(),
    block: z.union([z.string(), z.number()]).optional(),
    parent_call_id: z.coerce.string().optional(),
  }),
  z.object({
    type: z.literal('tool_use'),
    tool: z.string().min(1),
    call_id: z.coerce.string().optional(),
    input: z.record(z.string(), z.unknown()).default({}),
    parent_call_id: z.coerce.string().optional(),
  }),
  z.object({
    type: z.literal('tool_result'),
    tool: z.string().optional(),
    call_id: z.coerce.string().optional(),
    output: z.unknown().optional(),
    content: z.unknown().optional(),
    is_error: z.boolean().default(false),
    parent_call_id: z.coerce.string().optional(),
  }),
  z.object({
    type: z.enum(['status', 'error']),
    content: z.string().optional(),
    text: z.string().optional(),
  }),
  z.object({type: z.literal('usage'), usage: TaskUsage}),
  z.object({type: z.literal('session'), session_id: z.string().min(1)}),
  z.object({
    type: z.literal('result'),
    output: z.string().default(''),
    is_error: z.boolean().default(false),
    error: z.string().optional(),
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
