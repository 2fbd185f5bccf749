import type {Request} from 'express'
import {invalid, notFound} from '../../src/errors.js'
import {parseUuid} from '../../src/ids.js'
import {queryText} from '../auth/guard.js'

/** A UUID of the path. @throws AppError 404 for anything else (contract §0.1) */
export function pathId(req: Request, what: string, name = 'id'): string {
  const id = parseUuid(String(req.params[name]))
  if (!id) throw notFound(what)
  return id
}

/** A whole number of the query. @throws AppError 400 for anything else */
export function queryNumber(
  req: Request,
  name: string,
  limits: {otherwise: number; min?: number; max: number},
): number {
  const text = queryText(req, name)
  if (text === undefined) return limits.otherwise
  const number = Number(text)
  if (!/^\d+$/.test(text) || number < (limits.min ?? 0)) {
    throw invalid(`${name}: must be a whole number of at least ${limits.min ?? 0}`, name)
  }
  return Math.min(number, limits.max)
}

/** A value of the query out of a list, or several with commas. @throws AppError 400 naming the list */
export function queryChoices<T extends string>(
  req: Request,
  name: string,
  choices: readonly T[],
): T[] | undefined {
  const text = queryText(req, name)
  if (text === undefined) return undefined
  const values = text.split(',')
  for (const value of values) {
    if (!(choices as readonly string[]).includes(value)) {
      throw invalid(`${name}: "${value}" is none of ${choices.join(', ')}`, name)
    }
  }
  return values as T[]
}

/** A UUID of the query. @throws AppError 400 */
export function queryId(req: Request, name: string): string | undefined {
  const text = queryText(req, name)
  if (text === undefined) return undefined
  const id = parseUuid(text)
  if (!id) throw invalid(`${name}: must be a UUID`, name)
  return id
}
