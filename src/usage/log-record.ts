/** Tokens of one answer of a model, as a log of an agent tells it. */
export interface LogRecord {
  /** The same answer in another line or file has the same key; the last one counts. */
  key: string
  /** `YYYY-MM-DD`, UTC. */
  date: string
  model: string
  input: number
  output: number
  cacheRead: number
  cacheWrite: number
}

/** Reads the lines of one log, in order. Holds what later lines need of earlier ones. */
export interface LogReader {
  read(line: string): LogRecord | undefined
}

/** The day of a time stamp; undefined for what is none. */
export function dayOf(timestamp: unknown): string | undefined {
  const time = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().slice(0, 10)
}

/** A line as an object; undefined for everything else. */
export function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return asObject(value)
  } catch {
    return undefined
  }
}

export const asObject = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined

export const asCount = (value: unknown): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0
