import type {Feed} from './feed.js'
import type {Frames} from './message-frames.js'
import type {SseSession} from './sse-session.js'
import {FIRST_PAGE, type TaskState} from './task-channel.js'
import {Waiter} from './waiter.js'

/** Whether a reader may still read. */
export interface ReaderAccess {
  /** Calls the listener when the access may have changed. @returns a function that ends that */
  watch(listener: () => void): () => void
  /** Asks anew. */
  stands(): Promise<boolean>
}

export interface TaskReaderOptions {
  taskId: string
  /** The last seq that the reader has. */
  cursor: number
  /** No messages: for a worker that wants to know whether its task still stands. */
  statusOnly: boolean
  access: ReaderAccess
  /** Of a worker that follows its own task: another claim's token ends the stream. */
  tokenHash?: string
}

/** A reader that takes nothing for so long keeps no page that was read ahead (stream §6.3). */
const STALL_MS = 1000

/**
 * Serves one reader of a task (stream §6): catching up and following are the same loop, so there is
 * no seam to lose a message in. Returns when the stream has ended, whoever ended it.
 */
export async function serveTask(
  feed: Feed,
  session: SseSession,
  options: TaskReaderOptions,
): Promise<void> {
  const waiter = new Waiter(session.signal)
  let recheck = false
  const unwatch = options.access.watch(() => {
    recheck = true
    waiter.wake()
  })
  let {cursor} = options
  let seen: TaskState | undefined
  let ahead: Promise<Frames | null> | undefined
  /**
   * What the loop would do next, done at once for a reader that waits at the end of the transcript: with
   * many readers the loop's own steps would cost more than the writing. @returns false to leave it to the loop
   */
  const pushNow = (): boolean => {
    if (!waiter.isWaiting || !seen || seen.ended || channel.current !== seen) return false
    const frames = options.statusOnly ? undefined : channel.fromTail(cursor)
    if (!frames || !session.tryWrite(frames.withIds)) return false
    cursor = frames.lastSeq
    return true
  }
  /** @returns the timer that lets go of what was read */
  const readAhead = (): NodeJS.Timeout => {
    ahead = channel.after(cursor)
    ahead.catch(() => {})
    return setTimeout(() => {
      ahead = undefined
    }, STALL_MS)
  }
  const {channel, leave} = feed.join(options.taskId, () => {
    if (!pushNow()) waiter.wake()
  })
  try {
    while (!session.signal.aborted) {
      if (recheck) {
        recheck = false
        if (!(await options.access.stands())) return
      }
      // The state is read before the rows: an end is told only when a later read found nothing more.
      const state = await channel.state()
      if (!state) return
      if (options.tokenHash !== undefined && options.tokenHash !== state.tokenHash) return
      if (state.version !== seen?.version) await session.write(changes(state, seen))
      seen = state
      // What this reader lacks has been deleted: it gets no end, and 410 when it asks again.
      if (!options.statusOnly && state.pruned && cursor < state.lastSeq) return
      // What was read ahead is older than the state: that nothing was there then says nothing.
      const known = ahead && (await ahead)
      ahead = undefined
      const frames = options.statusOnly ? null : known || (await channel.after(cursor))
      if (frames) {
        if (frames.firstSeq !== cursor + 1) return
        const isBehind = frames.lastSeq - cursor >= FIRST_PAGE
        cursor = frames.lastSeq
        // More are likely to follow, and the database works while the reader takes what is there.
        const stalls = isBehind ? readAhead() : undefined
        await session.write(frames.withIds)
        clearTimeout(stalls)
        continue
      }
      if (state.ended && (options.statusOnly || cursor >= state.lastSeq)) {
        await session.write(state.endFrame)
        return
      }
      await waiter.wait()
    }
  } finally {
    unwatch()
    leave()
    session.end()
  }
}

function changes(state: TaskState, seen: TaskState | undefined): string {
  const progressed = state.progressFrame !== (seen?.progressFrame ?? '')
  return state.statusFrame + (progressed ? state.progressFrame : '')
}
