import type {WorkerLimits} from '../task-folder/task-spec.js'
import type {StopRequest} from './stop-request.js'

export interface Inactivity {
  /** The agent has done something. */
  touch(): void
  /** The agent waits for people, who may take their time. @returns a function that ends that */
  pause(): () => void
  stop(): void
}

const CHECKS = 20
const MAX_CHECK_MS = 5000

/**
 * Ends a run that makes no progress: liveness decides, not age (design §4.7, faults E3, E4). While a
 * tool runs the longer limit holds. The wall clock counts only when the user has set a limit.
 */
export function watchInactivity(
  limits: WorkerLimits,
  toolInFlight: () => boolean,
  stop: StopRequest,
  now: () => number = () => performance.now(),
): Inactivity {
  const began = now()
  let last = began
  let pauses = 0
  const check = () => {
    const limit = toolInFlight() ? limits.tool_inactivity_ms : limits.inactivity_ms
    if (pauses === 0 && now() - last >= limit) {
      const error = `the agent made no progress for ${describe(limit)}`
      stop.stop({kind: 'failed', reason: 'inactive', error})
    } else if (limits.timeout_ms !== null && now() - began >= limits.timeout_ms) {
      const error = `the agent timed out after ${describe(limits.timeout_ms)}`
      stop.stop({kind: 'failed', reason: 'timeout', error})
    }
  }
  const shortest = Math.min(
    limits.inactivity_ms,
    limits.tool_inactivity_ms,
    limits.timeout_ms ?? Number.POSITIVE_INFINITY,
  )
  const timer = setInterval(check, Math.min(MAX_CHECK_MS, Math.max(20, shortest / CHECKS)))
  timer.unref()
  return {
    touch() {
      last = now()
    },
    pause() {
      pauses++
      let paused = true
      return () => {
        if (paused) pauses--
        paused = false
        last = now()
      }
    },
    stop: () => clearInterval(timer),
  }
}

function describe(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${Math.max(1, seconds)} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`
}
