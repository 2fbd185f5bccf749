import * as z from 'zod'
import type {AgentForTask, Repository} from './agent.js'
import type {LocalDir} from './issue.js'
import {MaxCost, type Timestamp} from './primitives.js'
import type {DiffSummary} from './task-diff.js'

export const TASK_STATUSES = [
  'queued',
  'dispatched',
  'running',
  'completed',
  'failed',
  'cancelled',
] as const
export type TaskStatus = (typeof TASK_STATUSES)[number]

export const TERMINAL_STATUSES = ['completed', 'failed', 'cancelled'] as const
export const ACTIVE_STATUSES = ['queued', 'dispatched', 'running'] as const

export function isTerminal(status: TaskStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled'
}

/**
 * Why a task ended. `agent_error`: the run failed on its own merits. `no_end_mark`: the agent stopped
 * without saying that it had finished. `inactive`: it made no progress for too long. `timeout`: the
 * limit that the user set. `cost_limit`: it has cost what it may. `worker_lost`: its worker died. `worker_error`: its worker could not go on,
 * such as on a full disk. `lost`: worker and runtime fell silent. `stopped`: the daemon was told to stop.
 */
export const END_REASONS = [
  'completed',
  'agent_error',
  'no_end_mark',
  'start_error',
  'empty_output',
  'inactive',
  'timeout',
  'cost_limit',
  'worker_lost',
  'worker_error',
  'lost',
  'stopped',
  'expired',
  'cancelled_by_user',
  'reassigned',
  'issue_closed',
  'issue_deleted',
  'agent_deleted',
  'superseded',
] as const
export type EndReason = (typeof END_REASONS)[number]

/** Characters of a model's name. */
const MAX_MODEL = 200
/** Characters of an agent's own name for a session. */
export const MAX_SESSION_ID = 500

/** Tokens and cost of a run. A figure that the agent does not report is null, never 0. */
export const TaskUsage = z.object({
  model: z.string().max(MAX_MODEL).nullable().default(null),
  input_tokens: z.number().int().min(0).nullable().default(null),
  output_tokens: z.number().int().min(0).nullable().default(null),
  cache_read_tokens: z.number().int().min(0).nullable().default(null),
  cache_write_tokens: z.number().int().min(0).nullable().default(null),
  cost_usd: z.number().min(0).nullable().default(null),
  /** The costs are those of prices that the user has set; the agent itself reports none. */
  estimated: z.boolean().optional(),
})
export type TaskUsage = z.infer<typeof TaskUsage>

/** Usage as the server takes it, whatever an agent has counted: whole numbers, and a name that is not too long. */
export function fitUsage(usage: TaskUsage): TaskUsage {
  const count = (tokens: number | null) => atLeast0(tokens === null ? null : Math.round(tokens))
  return {
    ...usage,
    model: usage.model?.slice(0, MAX_MODEL) ?? null,
    input_tokens: count(usage.input_tokens),
    output_tokens: count(usage.output_tokens),
    cache_read_tokens: count(usage.cache_read_tokens),
    cache_write_tokens: count(usage.cache_write_tokens),
    cost_usd: atLeast0(usage.cost_usd),
  }
}

const atLeast0 = (value: number | null): number | null =>
  value === null || !Number.isFinite(value)
    ? null
    : Math.min(Math.max(0, value), Number.MAX_SAFE_INTEGER)

export interface TaskProgress {
  summary: string
  step: number
  total: number
}

export interface TaskResult {
  output: string
  pr_url: string
  session_id: string
  work_dir: string
  branch_name?: string
}

/** contract §1.6 with its additions. */
export interface Task {
  id: string
  workspace_id: string
  agent_id: string
  agent_name: string
  runtime_id: string
  issue_id: string | null
  /** `LOC-3`, or null for a task without an issue. */
  issue_identifier: string | null
  issue_title: string | null
  status: TaskStatus
  priority: number
  attempt: number
  parent_task_id: string | null
  dispatched_at: Timestamp | null
  started_at: Timestamp | null
  completed_at: Timestamp | null
  sealed_at: Timestamp | null
  created_at: Timestamp
  result: TaskResult | null
  error: string | null
  end_reason: EndReason | null
  /** When its transcript was deleted; null while it is kept. */
  pruned_at: string | null
  progress: TaskProgress | null
  usage: TaskUsage | null
  /** What it has changed in git checkouts; null when there was none, or it has not ended. */
  diff: DiffSummary | null
  /** What it may cost; null for a run without a limit. */
  max_cost_usd: number | null
  session_id: string | null
  /** Requests to people that have no answer yet. */
  open_requests: number
  /** High-water mark: messages 1..last_seq are stored (stream §1). */
  last_seq: number
}

/** A task as a claim hands it out: with everything that the worker needs and nothing that others may see. */
export interface ClaimedTask extends Task {
  /** Secret of this task and attempt; absent for a runtime that did not announce `task_tokens`. */
  task_token?: string
  agent?: AgentForTask
  repos?: Repository[]
  prior_session_id?: string
  prior_work_dir?: string
  /** A folder of the machine's user in which the issue asks to be worked on. */
  local_dir?: LocalDir
  /** Comments of people that no run has answered yet, oldest first. */
  comment_ids?: string[]
}

/** Body of a retry. `resume`: go on in the earlier session instead of beginning a new one. */
export const RetryBody = z.object({resume: z.boolean().default(false), max_cost_usd: MaxCost})
export type RetryBody = z.input<typeof RetryBody>

export interface ClaimAnswer {
  task: ClaimedTask | null
}

/** Answer to an upload (stream §3). */
export interface UploadAnswer {
  status: 'ok'
  last_seq: number
  task_status: TaskStatus
}

/** Sessions that the agent could not resume, or that no run can go on in: never handed out again. */
const RejectedSessions = z.array(z.string().max(MAX_SESSION_ID)).max(10).nullish()

/**
 * How long ago the run ended by the clock of its machine: a server that was away would take the time of the
 * report for the end. An age and not a time, since clocks differ.
 */
const EndedMsAgo = z.number().int().min(0).nullish()

/** Body of `complete` (contract §1.7, stream §3). */
export const CompleteBody = z.object({
  output: z.string().nullish(),
  pr_url: z.string().max(2000).nullish(),
  branch_name: z.string().max(500).nullish(),
  session_id: z.string().max(MAX_SESSION_ID).nullish(),
  work_dir: z.string().max(4000).nullish(),
  last_seq: z.number().int().min(0).nullish(),
  ended_ms_ago: EndedMsAgo,
  usage: TaskUsage.nullish(),
  rejected_session_ids: RejectedSessions,
})
export type CompleteBody = z.input<typeof CompleteBody>

/** Body of `fail`. */
export const FailBody = z.object({
  error: z.string().nullish(),
  reason: z.enum(END_REASONS).nullish(),
  session_id: z.string().max(MAX_SESSION_ID).nullish(),
  work_dir: z.string().max(4000).nullish(),
  last_seq: z.number().int().min(0).nullish(),
  ended_ms_ago: EndedMsAgo,
  usage: TaskUsage.nullish(),
  rejected_session_ids: RejectedSessions,
})
export type FailBody = z.input<typeof FailBody>

/** Body of `cancelled`: the agent's whole process tree is gone (stream §3). */
export const CancelledBody = z.object({
  last_seq: z.number().int().min(0),
  session_id: z.string().max(MAX_SESSION_ID).nullish(),
  work_dir: z.string().max(4000).nullish(),
  usage: TaskUsage.nullish(),
  rejected_session_ids: RejectedSessions,
})
export type CancelledBody = z.input<typeof CancelledBody>

/** Body of `session`: the agent's session is on disk and can be resumed. `usage` is what it has used so far. */
export const SessionBody = z.object({
  session_id: z.string().max(MAX_SESSION_ID).nullish(),
  work_dir: z.string().max(4000).nullish(),
  usage: TaskUsage.nullish(),
  rejected_session_ids: RejectedSessions,
})
export type SessionBody = z.input<typeof SessionBody>

export const ProgressBody = z.object({
  summary: z.string().max(500).default(''),
  step: z.number().int().min(0).default(0),
  total: z.number().int().min(0).default(0),
})
export type ProgressBody = z.input<typeof ProgressBody>
