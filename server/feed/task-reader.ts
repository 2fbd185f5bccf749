import type {Feed} from './feed.js'
import type {SseSession} from './sse-session.js'
import type {TaskState} from './task-channel.js'
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
}

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
  const {channel, leave} = feed.join(options.taskId, waiter.wake)
  let {cursor} = options
  let seen: TaskState | undefined
  try {
    while (!session.signal.aborted) {
      if (recheck) {
        recheck = false
        if (!(await options.access.stands())) return
      }
      // The state is read before the rows: an end is told only when a later read found nothing more.
      const state = await channel.state()
      if (!state) return
      if (state.version !== seen?.version) await session.write(changes(state, seen))
      seen = state
      const frames = options.statusOnly ? null : await channel.after(cursor)
      if (frames) {
        await session.write(frames.withIds)
        cursor = frames.lastSeq
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
