import type {Log} from '../log.js'
import {Wakeup} from './wakeup.js'

/** Does something again and again, first after one interval; a failure is logged and does not end it. */
export async function runEvery(
  intervalMs: number,
  {signal, log, name}: {signal: AbortSignal; log: Log; name: string},
  work: () => Promise<void>,
): Promise<void> {
  const pause = new Wakeup()
  for (;;) {
    await pause.wait(signal, intervalMs)
    if (signal.aborted) return
    try {
      await work()
    } catch (error) {
      if (!signal.aborted) log.warn({event: `${name}_failed`, error: String(error)})
    }
  }
}
