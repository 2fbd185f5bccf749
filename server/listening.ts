/** How long this server has been able to hear those that it judges by their silence. */
export interface Listening {
  /** Milliseconds since it began to listen, or since what last kept it from hearing. */
  forMs(): number
  stop(): void
}

export interface ListeningOptions {
  /** The clock by which others' signs of life are written down. */
  now: () => Date
  /** Milliseconds of a clock that nobody sets. */
  uptime: () => number
  /** A pause of this process that is longer has cost it signs of life. */
  maxPauseMs: number
}

const TICK_MS = 1000
/** Clocks that differ by less than this have only been read one after the other. */
const MAX_DRIFT_MS = 2000

/**
 * A server that was stopped, starved or put to sleep heard nobody meanwhile, and a clock that was set makes
 * every sign of life look older or younger than it is: both times the silence is its own (design §4.7).
 */
export function startListening({now, uptime, maxPauseMs}: ListeningOptions): Listening {
  let since = uptime()
  let tick = since
  const ahead = () => now().getTime() - uptime()
  let offset = ahead()
  const checkClock = () => {
    const current = ahead()
    if (Math.abs(current - offset) > MAX_DRIFT_MS) since = uptime()
    offset = current
  }
  const timer = setInterval(() => {
    const last = tick
    tick = uptime()
    if (tick - last - TICK_MS > maxPauseMs) since = tick
    checkClock()
  }, TICK_MS)
  timer.unref()
  return {
    forMs() {
      checkClock()
      return uptime() - since
    },
    stop: () => clearInterval(timer),
  }
}
