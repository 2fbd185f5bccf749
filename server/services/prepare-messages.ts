import {fitForLive, fitForStore} from '../../src/protocol/message-limits.js'
import type {TaskMessage} from '../../src/protocol/task-message.js'

/** A message as it is stored: serialised once (stream §6.6). */
export interface PreparedMessage {
  seq: number
  type: string
  payload: string
  live: string | null
}

export type Mask = (message: TaskMessage) => TaskMessage

/** Masks, cleans, cuts and serialises messages (stream §2, design §4.9). */
export function prepareMessages(messages: readonly TaskMessage[], mask: Mask): PreparedMessage[] {
  return messages.map((message) => {
    const stored = fitForStore(mask(message))
    const live = fitForLive(stored)
    return {
      seq: stored.seq,
      type: stored.type,
      payload: JSON.stringify(stored),
      live: live === stored ? null : JSON.stringify(live),
    }
  })
}
