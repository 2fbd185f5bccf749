// Loaded into a process before all else (`--import`): shifts its system clock by the milliseconds that stand
// in a file, again and again. Monotonic clocks and timers are left alone, as by a real clock that is set.
import {readFileSync} from 'node:fs'

const LOOK_MS = 50
const path = process.env.CHAOS_CLOCK
const RealDate = Date
let offset = 0

const look = () => {
  try {
    offset = Number(readFileSync(path ?? '', 'utf8')) || 0
  } catch {
    // No file: nobody has set this clock yet.
  }
}

class ShiftedDate extends RealDate {
  constructor(...given: unknown[]) {
    if (given.length === 0) super(RealDate.now() + offset)
    else super(...(given as [number]))
  }
  static override now(): number {
    return RealDate.now() + offset
  }
}

if (path !== undefined) {
  look()
  setInterval(look, LOOK_MS).unref()
  globalThis.Date = ShiftedDate as DateConstructor
}
