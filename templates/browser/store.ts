import type {LiveEvent} from '../state/live-event.js'
import type {PageState} from '../state/page-state.js'
import {reducePage} from '../state/reduce-page.js'

/** Hidden tabs draw no frames; they are brought up to date this often all the same. */
const HIDDEN_MS = 250

/** The page's state; events are gathered and applied once per frame, however many come. */
export interface Store {
  state(): PageState
  dispatch(...events: LiveEvent[]): void
}

/** @param onChange draws the page, and whatever else follows from its state */
export function createStore(initial: PageState, onChange: (state: PageState) => void): Store {
  let state = initial
  let waiting: LiveEvent[] = []
  let scheduled = false
  const flush = () => {
    if (!scheduled) return
    scheduled = false
    const events = waiting
    waiting = []
    if (events.length === 0) return
    const next = reducePage(state, events)
    if (next === state) return
    state = next
    onChange(state)
  }
  return {
    state: () => state,
    dispatch(...events) {
      waiting.push(...events)
      if (scheduled) return
      scheduled = true
      requestAnimationFrame(flush)
      setTimeout(flush, HIDDEN_MS)
    },
  }
}
