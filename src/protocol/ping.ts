import * as z from 'zod'
import type {Timestamp} from './primitives.js'

export type PingStatus = 'pending' | 'running' | 'completed' | 'failed' | 'timeout'

/** A question to a runtime whether its agent answers (contract §1.12). What is empty is left out. */
export interface Ping {
  /** 32 hex digits. */
  id: string
  runtime_id: string
  status: PingStatus
  output?: string
  error?: string
  duration_ms?: number
  created_at: Timestamp
  updated_at: Timestamp
}

/** A ping that nobody takes up in this time has timed out. */
export const PING_PENDING_MS = 60_000
/** Limit of the agent's answer on its machine. */
export const PING_RUN_MS = 60_000
/** A ping that was taken up has timed out after this: the machine's limit, and time for its report. */
export const PING_RUNNING_MS = PING_RUN_MS + 30_000

/** What a daemon reports. Everything but `completed` is a failure. */
export const PingResult = z.object({
  status: z.string().max(50),
  output: z.string().nullish(),
  error: z.string().nullish(),
  duration_ms: z.number().int().min(0).max(2_147_483_647).nullish(),
})
export type PingResult = z.input<typeof PingResult>
