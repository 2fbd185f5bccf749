import {invalid} from '../errors.js'

const DAYS: Readonly<Record<string, number>> = {d: 1, w: 7, m: 30, y: 365}

/**
 * Days of `90d`, `12w`, `6m`, `1y`; a bare number counts days.
 * @throws AppError naming the flag
 */
export function parseDays(text: string, name: string): number {
  const match = /^(\d{1,5})([dwmy]?)$/.exec(text.trim())
  const days = match ? Number(match[1]) * (DAYS[match[2] || 'd'] as number) : Number.NaN
  if (!(days >= 1 && days <= 36_500)) {
    throw invalid(`${name}: "${text}" is no number of days: write it like 90d, 12w or 1y`, name)
  }
  return days
}
