import type {StreamState} from '../../client/event-stream.js'
import type {Notes} from '../notes.js'

/** A cut that mends itself within this time is nobody's business. */
const QUIET_MS = 2000

export interface ConnectionNotes {
  /** Takes what the stream says of itself. */
  onState(state: StreamState): void
  /** The last failure, while there is no connection. */
  readonly failure: unknown
  stop(): void
}

/** Tells of a lost connection, but only when it lasts. */
export function createConnectionNotes(notes: Notes): ConnectionNotes {
  let failure: unknown
  let told = false
  let timer: NodeJS.Timeout | undefined
  const tell = () => {
    told = true
    const reason = failure instanceof Error ? failure.message : String(failure)
    notes.wait(`reconnecting … (${reason})`)
  }
  return {
    get failure() {
      return failure
    },
    onState({state, error}) {
      if (state === 'waiting') {
        failure = error
        if (told) tell()
        else timer ??= setTimeout(tell, QUIET_MS)
      } else if (state === 'open') {
        clearTimeout(timer)
        timer = undefined
        failure = undefined
        if (told) notes.say('connected again')
        told = false
      }
    },
    stop() {
      clearTimeout(timer)
      notes.done()
    },
  }
}
