import {invalid} from '../errors.js'

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y
/** Beyond this a timer of Node fires at once instead of late. */
const MAX_TIMER_MS = 2 ** 31 - 1

/**
 * Milliseconds of a duration in Go's syntax: `3s`, `500ms`, `1h30m` (contract §4.6).
 * @param name flag or variable that is named when the text is no duration
 * @throws AppError `invalid` for anything else, and for what is zero, negative or over 24 days
 */
export function parseDuration(text: string, name: string): number {
  const ms = text === '0' ? 0 : sumParts(text.replace(/^[+-]/, ''))
  if (ms === undefined) {
    throw invalid(`${name}: invalid duration "${text}": write it like 3s, 500ms or 1h30m`, name)
  }
  if (text.startsWith('-') || ms <= 0)
    throw invalid(`${name}: ${text} must be more than zero`, name)
  if (ms > MAX_TIMER_MS) throw invalid(`${name}: ${text} is too long, 24 days at most`, name)
  return ms
}

function sumParts(text: string): number | undefined {
  let sum = 0
  PART.lastIndex = 0
  while (PART.lastIndex < text.length) {
    const part = PART.exec(text)
    if (!part) return undefined
    sum += Number(part[1]) * (UNIT_MS[part[2] as string] as number)
  }
  return text === '' ? undefined : sum
}

/** A duration as Go prints it: `1h2m3s`, `1.5s`, `250ms`, `0s`. Fractions below a microsecond are cut. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s'
  if (ms < 1000) return `${Number(ms.toFixed(3))}ms`
  const hours = Math.floor(ms / 3_600_000)
  const minutes = Math.floor((ms % 3_600_000) / 60_000)
  const seconds = Number(((ms % 60_000) / 1000).toFixed(6))
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`
}
