import {ApiError} from '../client/http-client.js'
import {isRefused, retry} from '../client/retry.js'
import {TaskMessage} from '../protocol/task-message.js'
import type {Bench} from './bench.js'

/** A message may have 1 MiB in each of its fields. */
const PAGE = 100
const PAGE_LIMIT_MS = 60_000

/**
 * Writes into the journal what the server has and the journal has not: after a power cut the disk may hold
 * less than what was sent, and a number that is given twice would cost the message (stream §2). Waits for
 * the server, however long it is away. One that wants no more of this run says so to the uploader too.
 */
export async function takeBack(bench: Bench, signal: AbortSignal): Promise<void> {
  const {api, spec, journal, transcript, record, log} = bench
  const before = journal.lastSeq
  const next = () =>
    api.storedMessages(
      spec.task.id,
      {since: journal.lastSeq, limit: PAGE},
      {signal, timeoutMs: PAGE_LIMIT_MS},
    )
  try {
    for (;;) {
      const messages = await retry(next, {signal, isFinal: isRefused})
      if (messages.length === 0) break
      for (const stored of messages) {
        const message = TaskMessage.parse(stored)
        await journal.append(message)
        transcript.adopt(message)
      }
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    log.warn({event: 'messages_not_taken_back', status: error.status, error: error.message})
  }
  const count = journal.lastSeq - before
  if (count === 0) return
  log.warn({event: 'messages_taken_back', after: before, count})
  // What the damage of the journal had cost is there again.
  const {lost} = record.value
  record.change({lost: lost - Math.min(lost, journal.damaged, count)})
}
