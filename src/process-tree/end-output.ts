import type {Socket} from 'node:net'
import type {Readable} from 'node:stream'
import {setImmediate, setTimeout as sleep} from 'node:timers/promises'

/** How long the output of a program that has exited may be silent before it is closed. */
const SILENCE_MS = 1000
/** How long what is left of a program may talk on after its exit. */
const AFTERMATH_MS = 10_000
const POLL_MS = 50

/**
 * A descendant that outlives the program holds its pipes, and the run would never end (fault E1). Once
 * the program has exited, silence closes them; so does the end of a longer limit, unless what has
 * been said is still being read.
 */
export async function endOutput(stdout: Readable, limitMs = AFTERMATH_MS): Promise<void> {
  const pipe = stdout as Socket
  const silenceMs = Math.min(SILENCE_MS, limitMs)
  let read = pipe.bytesRead
  // Time in which this process looks: one that was busy or frozen has heard nothing, and that is no silence.
  let passedMs = 0
  let silentMs = 0
  while (!stdout.readableEnded && !stdout.destroyed) {
    await sleep(POLL_MS, undefined, {ref: false})
    // Timers come before input: what lies in the pipe is read first.
    await setImmediate()
    const busy = stdout.readableLength > 0
    passedMs += POLL_MS
    silentMs = busy || pipe.bytesRead !== read ? 0 : silentMs + POLL_MS
    read = pipe.bytesRead
    if (!busy && (silentMs >= silenceMs || passedMs >= limitMs)) stdout.destroy()
  }
}
