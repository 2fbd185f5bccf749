import express, {type Request, type RequestHandler} from 'express'
import type {ZodType} from 'zod'
import {invalid} from '../../src/errors.js'
import {MAX_BODY_BYTES, MAX_RESULT_BYTES} from '../../src/protocol/limits.js'
import {cleanJson} from '../../src/protocol/message-limits.js'

/** Deeper JSON would overflow the stack of whoever cleans, masks or writes it. */
const MAX_DEPTH = 200

/** Reads a JSON body of at most `limit` bytes; the limit holds while reading (contract §0.1, fault I11). */
export const jsonBody = (limit = MAX_BODY_BYTES): RequestHandler =>
  express.json({limit, type: () => true, strict: false})

/** For results and skills, which may be long. */
export const largeJsonBody = (): RequestHandler => jsonBody(MAX_RESULT_BYTES)

/**
 * The body as the schema wants it, cleaned of what a database cannot hold.
 * @throws AppError 400 that names the field
 */
export function parseBody<T>(schema: ZodType<T>, req: Request): T {
  return parseInput(schema, req.body, 'invalid request body')
}

export function parseInput<T>(schema: ZodType<T>, input: unknown, fallback: string): T {
  if (input === undefined || input === null || typeof input !== 'object') throw invalid(fallback)
  if (isDeeper(input, MAX_DEPTH)) throw invalid(`nested deeper than ${MAX_DEPTH} levels`)
  const parsed = schema.safeParse(cleanJson(input))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const field = issue?.path.map(String).join('.') ?? ''
  if (!issue || field === '') throw invalid(issue?.message ?? fallback)
  const missing =
    issue.code === 'invalid_type' && /received undefined|received null/.test(issue.message)
  const tooShort = issue.code === 'too_small' && issue.message.startsWith('Too small')
  const text = missing || tooShort ? `${field} is required` : `${field}: ${issue.message}`
  throw invalid(issue.message.includes(field) ? issue.message : text, field)
}

function isDeeper(value: unknown, levels: number): boolean {
  if (value === null || typeof value !== 'object') return false
  if (levels === 0) return true
  return Object.values(value).some((item) => isDeeper(item, levels - 1))
}
