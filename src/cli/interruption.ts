import {EXIT, Interruption} from './exit-codes.js'

/** A signal that comes again so soon is the same one: libraries that clean up at the end send it once more. */
const ECHO_MS = 300

/**
 * A signal that aborts when somebody wants the command to end: Ctrl-C, SIGTERM, or a reader of
 * standard output that has gone (`… | head -1`), which oclif by itself would ignore. A second Ctrl-C
 * ends the process at once.
 *
 * To be called only by a command that looks at the signal: from then on Node no longer ends by itself.
 */
export function listenForInterruption(): AbortSignal {
  const stop = new AbortController()
  let since = 0
  const end = (message: string, exitCode: number) => {
    if (stop.signal.aborted) {
      if (performance.now() - since > ECHO_MS) process.exit(exitCode)
      return
    }
    since = performance.now()
    stop.abort(new Interruption(message, exitCode))
  }
  process.on('SIGINT', () => end('interrupted', EXIT.interrupted))
  process.on('SIGTERM', () => end('terminated', EXIT.terminated))
  process.stdout.on('error', () => {
    if (!stop.signal.aborted) stop.abort(new Interruption('nobody reads the output', EXIT.ok))
  })
  return stop.signal
}
