import {invalid} from '../errors.js'
import {parseDuration} from './duration.js'

const DAY_MS = 86_400_000
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
}

/**
 * Milliseconds of an age: `14d`, `2w`, or a duration like `36h`. May be longer than any timer.
 * @param name flag or variable that is named when the text is no age
 * @throws AppError `invalid`
 */
export function parseAge(text: string, name: string): number {
  const match = /^(\d{1,5})([dw])$/.exec(text.trim())
  const days = match ? Number(match[1]) * (match[2] === 'w' ? 7 : 1) : 0
  return days > 0 ? days * DAY_MS : parseDuration(text, name)
}

/**
 * Bytes of a size: `20GiB`, `500M`, `0`; a unit counts in steps of 1024.
 * @param name flag or variable that is named when the text is no size
 * @throws AppError `invalid`
 */
export function parseSize(text: string, name: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(text.trim())
  if (!match) throw invalid(`${name}: "${text}" is no size: write it like 20GiB or 500M`, name)
  return Math.round(Number(match[1]) * (UNITS[(match[2] ?? '').toLowerCase()] ?? 1))
}
