import * as z from 'zod'

/** A UUID with or without dashes, any case; the parsed value is lower-case with dashes (contract §0.1). */
export const Uuid = z
  .string()
  .trim()
  .regex(/^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$/, 'must be a UUID')
  .transform((text) => {
    const hex = text.replaceAll('-', '').toLowerCase()
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  })

/** RFC 3339 in UTC with milliseconds, as `Date.prototype.toISOString` writes it. */
export type Timestamp = string

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | {[key: string]: Json}

export const JsonObject = z.record(z.string(), z.unknown())
export type JsonObject = Record<string, unknown>

/** A required text: trimmed, not empty. */
export const RequiredText = (max = 500) => z.string().trim().min(1).max(max)

/** US dollars that a run may cost; null for no limit. */
export const MaxCost = z.number().positive().max(1_000_000).nullish()
