import type {StoredTaskMessage} from '../../src/protocol/task-message.js'

/**
 * What a page holds of one run. Messages are unique by seq and sorted, whatever the order and the
 * repetition in which they were delivered (faults A6, A7, contract §8.1).
 */
export interface Transcript {
  /** First seq that the page began with; earlier ones are asked for when the reader wants them. */
  from: number
  messages: readonly StoredTaskMessage[]
}

export const emptyTranscript = (from = 1): Transcript => ({from, messages: []})

/** The union of what is held and what came. Returns the same object when nothing is new. */
export function addMessages(
  transcript: Transcript,
  incoming: readonly StoredTaskMessage[],
): Transcript {
  const held = transcript.messages
  const last = held.at(-1)?.seq ?? 0
  if (isRising(incoming, last)) {
    return incoming.length === 0 ? transcript : {...transcript, messages: [...held, ...incoming]}
  }
  const known = new Set(held.map((message) => message.seq))
  const fresh = incoming.filter((message) => {
    if (known.has(message.seq)) return false
    known.add(message.seq)
    return true
  })
  if (fresh.length === 0) return transcript
  return {...transcript, messages: [...held, ...fresh].sort((a, b) => a.seq - b.seq)}
}

/**
 * The messages that can be shown: the unbroken run around `from`. What lies behind a gap waits until
 * the gap is filled, so that a reader never sees words in the wrong place.
 */
export function shownMessages({from, messages}: Transcript): readonly StoredTaskMessage[] {
  const index = messages.findIndex((message) => message.seq >= from)
  if (index === -1 || messages[index]?.seq !== from) return []
  let first = index
  while (first > 0 && messages[first - 1]?.seq === (messages[first]?.seq ?? 0) - 1) first--
  let end = index + 1
  while (end < messages.length && messages[end]?.seq === (messages[end - 1]?.seq ?? 0) + 1) end++
  return first === 0 && end === messages.length ? messages : messages.slice(first, end)
}

/** The seq after which messages are missing, or undefined when there is no gap. */
export function gapAfter(transcript: Transcript): number | undefined {
  const last = transcript.messages.at(-1)
  if (!last || last.seq < transcript.from) return undefined
  const shown = shownMessages(transcript).at(-1)
  const end = shown?.seq ?? transcript.from - 1
  return end < last.seq ? end : undefined
}

function isRising(messages: readonly StoredTaskMessage[], after: number): boolean {
  let last = after
  for (const {seq} of messages) {
    if (seq <= last) return false
    last = seq
  }
  return true
}
