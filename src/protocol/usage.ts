import * as z from 'zod'

const Count = z.number().int().min(0).default(0)

/** Tokens of one day, provider and model (contract §1.11): absolute totals, not increments. */
export const UsageEntry = z.object({
  /** `YYYY-MM-DD`, a day of UTC. */
  date: z.string().max(40),
  provider: z.string().max(100),
  model: z.string().max(200),
  input_tokens: Count,
  output_tokens: Count,
  cache_read_tokens: Count,
  cache_write_tokens: Count,
})
export type UsageEntry = z.infer<typeof UsageEntry>

/** Entries of one call. */
export const MAX_USAGE_ENTRIES = 1000

/** Body of `POST /api/daemon/runtimes/{id}/usage`. */
export const UsageBody = z.object({entries: z.array(UsageEntry).max(10_000)})
export type UsageBody = z.input<typeof UsageBody>

export interface UsageAnswer {
  status: 'ok'
  /** Entries whose date is none. */
  skipped: number
}

export type RuntimeUsageEntry = UsageEntry & {runtime_id: string}

export const USAGE_GROUPS = ['agent', 'runtime', 'model', 'day'] as const
export type UsageGroup = (typeof USAGE_GROUPS)[number]

/** What some runs have used together. A figure that none of them reports is null, never 0. */
export interface RunTotals {
  runs: number
  /** How many of them report tokens, and costs. */
  runs_with_tokens: number
  runs_with_cost: number
  input_tokens: number | null
  output_tokens: number | null
  cache_read_tokens: number | null
  cache_write_tokens: number | null
  cost_usd: number | null
}

/** Answer of `GET /api/usage`: the runs that began in the last days, today included. */
export interface RunUsage {
  days: number
  /** First day, UTC. */
  from: string
  by: UsageGroup
  /** `key`: id of an agent or runtime, name of a model, or day; `name` is for people. */
  rows: (RunTotals & {key: string; name: string})[]
  total: RunTotals
}
