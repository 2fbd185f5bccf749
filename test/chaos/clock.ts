import {renameSync, writeFileSync} from 'node:fs'

const PRELOAD = new URL('./shift-clock.js', import.meta.url)

/** The system clock of one machine, shared by all of its processes. */
export interface Clock {
  /** For every process of the machine. */
  env: Record<string, string>
  /** By how much it is wrong now, in milliseconds. */
  readonly offsetMs: number
  set(offsetMs: number): void
}

/** @param path of the file that tells the processes what time it is */
export function createClock(path: string): Clock {
  let offsetMs = 0
  return {
    env: {NODE_OPTIONS: `--import=${PRELOAD.href}`, CHAOS_CLOCK: path},
    get offsetMs() {
      return offsetMs
    },
    set(offset) {
      offsetMs = offset
      writeFileSync(`${path}.new`, String(offset))
      renameSync(`${path}.new`, path)
    },
  }
}
