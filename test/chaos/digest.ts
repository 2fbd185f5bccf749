import {createHash} from 'node:crypto'
import {MAX_LIVE_FIELD_BYTES} from '../../src/protocol/limits.js'
import {byteLength, fitForLive} from '../../src/protocol/message-limits.js'
import type {TaskMessage} from '../../src/protocol/task-message.js'

/** A message in a few bytes: all of its members but those that tell whose it is. */
export function digest(message: TaskMessage): string {
  const {task_id, issue_id, created_at, ...own} = message as TaskMessage & Record<string, unknown>
  const members = Object.entries(own).sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha1').update(JSON.stringify(members)).digest('base64').slice(0, 14)
}

/** The digest of what the live stream carries of a stored message: 8 KiB of each field (stream §2). */
export function liveDigest(message: TaskMessage): string {
  const live = fitForLive(message)
  const {output = '', input = {}} = live
  const fits =
    byteLength(output) <= MAX_LIVE_FIELD_BYTES &&
    byteLength(JSON.stringify(input)) <= MAX_LIVE_FIELD_BYTES &&
    (message.output ?? '').startsWith(output)
  if (!fits) throw new Error(`the live form of message ${message.seq} is no cut of the whole one`)
  return digest(live)
}
