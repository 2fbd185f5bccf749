import * as z from 'zod'
import {MAX_BATCH_MESSAGES, MAX_SEQ} from './limits.js'
import {JsonObject} from './primitives.js'

/** The kinds that have a meaning of their own; readers show any other one raw (stream §2). */
export const MESSAGE_TYPES = [
  'text',
  'thinking',
  'tool_use',
  'tool_result',
  'error',
  'status',
] as const
export type MessageType = (typeof MESSAGE_TYPES)[number]

/** One numbered record of a transcript (stream §2). */
export const TaskMessage = z.object({
  seq: z.number().int().min(1).max(MAX_SEQ),
  type: z.string().min(1).max(40),
  at: z.string().max(40).optional(),
  block: z.number().int().min(0).optional(),
  content: z.string().optional(),
  tool: z.string().max(500).optional(),
  call_id: z.string().max(500).optional(),
  parent_call_id: z.string().max(500).optional(),
  input: JsonObject.optional(),
  output: z.string().optional(),
  is_error: z.boolean().optional(),
  author: z.string().max(500).optional(),
  about: z.string().max(100).optional(),
  truncated: z.boolean().optional(),
  bytes_total: z.number().int().min(0).optional(),
})

export interface TaskMessage {
  seq: number
  /** One of MESSAGE_TYPES, or a kind from a newer version. */
  type: string
  /** When the worker saw it, RFC 3339 with milliseconds. */
  at?: string | undefined
  /** text and thinking: chunks of one block share it. */
  block?: number | undefined
  content?: string | undefined
  tool?: string | undefined
  call_id?: string | undefined
  /** The call that started the sub-agent whose message this is. */
  parent_call_id?: string | undefined
  input?: JsonObject | undefined
  output?: string | undefined
  is_error?: boolean | undefined
  /** status: the person whose words these are. */
  author?: string | undefined
  /** status: id of the request, or of the person's message, that it tells of. */
  about?: string | undefined
  /** A field was cut; `bytes_total` is its whole size. */
  truncated?: boolean | undefined
  bytes_total?: number | undefined
}

/** A message before it has its number. */
export type NewTaskMessage = Omit<TaskMessage, 'seq' | 'at'>

/** A message as lists and streams send it. */
export interface StoredTaskMessage extends TaskMessage {
  task_id: string
  issue_id: string | null
  created_at?: string
}

/** Body of `POST /api/daemon/tasks/{id}/messages` (stream §3). */
export const MessageBatch = z.object({
  messages: z.array(TaskMessage).max(MAX_BATCH_MESSAGES).nullish(),
})

/** The same from a daemon of the original: any number of messages (stream §8). */
export const LegacyMessageBatch = z.object({messages: z.array(TaskMessage).nullish()})
