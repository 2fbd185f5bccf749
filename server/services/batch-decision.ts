import {AppError, notFound} from '../../src/errors.js'
import type {NewRow} from './insert-rows.js'
import type {Batch, Head, Written} from './message-batch.js'

/**
 * What is new of a batch, as its task stands; moves the head on, for the task's next batch of a group.
 * @param known numbers that a daemon of the original has given before, to which those of this batch are
 *   added; undefined for a worker's batch
 * @throws AppError `gap`, `stale_claim`, `sealed`, 404
 */
export function decide(
  batch: Batch,
  head: Head | undefined,
  known: Set<number> | undefined,
): Written {
  if (!head) throw notFound('task')
  if (head.token_hash !== batch.tokenHash) {
    throw new AppError('stale_claim', 'another claim owns this task')
  }
  const rows = known ? renumber(batch, head, known) : newRows(batch, head)
  head.last_seq += rows.length
  return {rows, lastSeq: head.last_seq, status: head.status}
}

/** Repeats are ignored; what is new in a closed transcript, and a hole, are refused (stream §3). */
function newRows(batch: Batch, head: Head): NewRow[] {
  const fresh = batch.messages.filter((message) => message.seq > head.last_seq)
  if (fresh.length > 0 && head.sealed) throw new AppError('sealed', 'the transcript is closed')
  fresh.forEach((message, index) => {
    if (message.seq === head.last_seq + 1 + index) return
    throw new AppError('gap', `expected message ${head.last_seq + 1 + index}, got ${message.seq}`, {
      details: {expected_seq: head.last_seq + 1},
    })
  })
  return fresh.map((message) => ({...message, taskId: batch.taskId, givenSeq: null}))
}

/**
 * Numbers the messages of an original daemon in arrival order; repeats of its own numbers are ignored. It
 * knows no answer but 200: what comes when the transcript is closed is dropped (stream §8).
 */
function renumber(batch: Batch, head: Head, known: Set<number>): NewRow[] {
  if (head.sealed) return []
  const rows: NewRow[] = []
  for (const message of [...batch.messages].sort((a, b) => a.seq - b.seq)) {
    if (known.has(message.seq)) continue
    known.add(message.seq)
    const seq = head.last_seq + rows.length + 1
    rows.push({
      ...message,
      seq,
      payload: withSeq(message.payload, seq),
      live: message.live && withSeq(message.live, seq),
      taskId: batch.taskId,
      givenSeq: message.seq,
    })
  }
  return rows
}

const withSeq = (json: string, seq: number): string => JSON.stringify({...JSON.parse(json), seq})
