import * as z from 'zod'
import {JsonObject, type Timestamp, Uuid} from './primitives.js'

/** `open` waits for people; each other status is an end. */
export const REQUEST_STATUSES = ['open', 'answered', 'expired', 'cancelled'] as const
export type RequestStatus = (typeof REQUEST_STATUSES)[number]

const Text = z.string().max(20_000)

const Option = z.object({label: z.string().min(1).max(2000), description: Text.optional()})
const Asked = z.object({
  id: z.string().max(200),
  header: z.string().max(500).optional(),
  text: Text,
  options: z.array(Option).max(100),
  multiple: z.boolean().optional(),
  /** May stay without an answer. */
  optional: z.boolean().optional(),
  /** Wants a number. */
  numeric: z.boolean().optional(),
})
export type RequestQuestion = z.infer<typeof Asked>

/** What the agent wants to know: a permission for a tool, or answers to questions. */
export const RequestPayload = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('permission'),
    call_id: z.string().max(500).optional(),
    tool: z.string().min(1).max(500),
    input: JsonObject,
    title: Text.optional(),
  }),
  z.object({
    kind: z.literal('question'),
    call_id: z.string().max(500).optional(),
    questions: z.array(Asked).min(1).max(50),
  }),
])
export type RequestPayload = z.infer<typeof RequestPayload>

/** A request as the worker files it; its id makes a repeat harmless. */
export const NewTaskRequest = z.object({
  id: Uuid,
  payload: RequestPayload,
  /** How long it waits for people; the worker's clock decides, the server's is for showing. */
  limit_seconds: z.number().int().min(1),
})
export type NewTaskRequest = z.infer<typeof NewTaskRequest>

/** A person's answer. */
export const RequestAnswer = z.discriminatedUnion('outcome', [
  z.object({outcome: z.literal('allow')}),
  z.object({outcome: z.literal('deny'), message: Text.optional()}),
  z.object({
    outcome: z.literal('answer'),
    /** Labels of options or own words, by the ids of the questions. */
    answers: z.record(z.string().max(200), z.array(Text).max(100)),
  }),
])
export type RequestAnswer = z.infer<typeof RequestAnswer>

/** The worker's own end of a request: its limit has passed, or its run is being stopped. */
export const RequestClosing = z.object({status: z.enum(['expired', 'cancelled'])})
export type RequestClosing = z.infer<typeof RequestClosing>

/** A question of a running agent to people. */
export interface TaskRequest {
  id: string
  task_id: string
  status: RequestStatus
  payload: RequestPayload
  answer: RequestAnswer | null
  answered_by: {id: string; name: string} | null
  created_at: Timestamp
  expires_at: Timestamp
  answered_at: Timestamp | null
}

/** `pending`: on its way; `delivered`: the agent has it; `deferred`: it became a comment for the next run; `dropped`: there is no next run. */
export const INPUT_STATUSES = ['pending', 'delivered', 'deferred', 'dropped'] as const
export type InputStatus = (typeof INPUT_STATUSES)[number]

export const NewTaskInput = z.object({text: z.string().trim().min(1).max(100_000)})
export type NewTaskInput = z.infer<typeof NewTaskInput>

export const InputReceipt = z.object({status: z.enum(['delivered', 'deferred'])})
export type InputReceipt = z.infer<typeof InputReceipt>

/** A person's message to a running agent. */
export interface TaskInput {
  id: string
  task_id: string
  status: InputStatus
  text: string
  author: {id: string; name: string}
  created_at: Timestamp
}

/** What people have for a running agent: the worker asks for it when the task's status says so. */
export interface TaskInbox {
  /** The requests that were asked after. */
  requests: TaskRequest[]
  /** Messages that are pending, oldest first. */
  inputs: TaskInput[]
}
