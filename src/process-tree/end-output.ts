import type {Socket} from 'node:net'
import type {Readable} from 'node:stream'
import {setTimeout as sleep} from 'node:timers/promises'

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
  const deadline = Date.now() + limitMs
  let read = pipe.bytesRead
  let heard = Date.now()
  while (!stdout.readableEnded && !stdout.destroyed) {
    await sleep(POLL_MS, undefined, {ref: false})
    const busy = stdout.readableLength > 0
    if (busy || pipe.bytesRead !== read) heard = Date.now()
    read = pipe.bytesRead
    if (busy) continue
    if (Date.now() - heard >= Math.min(SILENCE_MS, limitMs) || Date.now() >= deadline) {
      stdout.destroy()
    }
  }
}
