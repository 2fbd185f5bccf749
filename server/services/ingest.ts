import type {IncomingHttpHeaders} from 'node:http'
import {AppError} from '../../src/errors.js'
import type {UploadAnswer} from '../../src/protocol/task.js'
import {
  LegacyMessageBatch,
  MessageBatch,
  type TaskMessage,
} from '../../src/protocol/task-message.js'
import type {Authenticator} from '../auth/authenticator.js'
import type {ServerContext} from '../context.js'
import type {Feed} from '../feed/feed.js'
import {parseInput} from '../http/body.js'
import {createMessageWriter} from './message-writer.js'
import {type Mask, prepareMessages} from './prepare-messages.js'
import type {TaskHolder} from './task-holder.js'
import {takeUpAgain, waitAgain} from './task-revival.js'
import {createUploadHolders} from './upload-holders.js'

/** Takes messages of runs in (stream §3). Knows no Express, so that the fast lane can use it. */
export interface Ingest {
  /** Who uploads; asked before the body is read. */
  holder(headers: IncomingHttpHeaders, taskId: string): Promise<TaskHolder>
  /**
   * Stores a batch and wakes the readers. 200 means committed; an empty batch renews the lease.
   * @param body the parsed JSON of the request
   */
  upload(holder: TaskHolder, body: unknown): Promise<UploadAnswer>
}

/**
 * The lease is written at most so often in its time, to keep the task's row out of the way of the
 * messages. One that lies in the future comes of a clock that has been set back.
 */
const LEASE_WRITES = 12

export function createIngest(
  context: ServerContext,
  authenticator: Authenticator,
  feed: Feed,
  mask: Mask,
): Ingest {
  const writer = createMessageWriter(context.db)
  const holders = createUploadHolders(context, authenticator)
  return {
    holder: (headers, taskId) => holders.require(headers, taskId),
    async upload(holder, body) {
      const messages = holder.byToken ? parseBatch(body) : parseLegacy(body)
      if (holder.row.status === 'failed' && holder.row.end_reason === 'lost') {
        await context.db.transaction((tx) => takeUpAgain(context, tx, holder.row))
      }
      if (holder.row.status === 'cancelled' && holder.row.given_up_at) {
        await context.db.transaction((tx) => waitAgain(context, tx, holder.row))
      }
      renewLease(context, holder)
      const prepared = prepareMessages(messages, mask)
      const batch = {
        taskId: holder.row.id,
        tokenHash: holder.byToken ? holder.row.token_hash : null,
        messages: prepared,
      }
      const written = await writer.write(batch).catch((error: unknown) => {
        holders.forget(holder.row.id)
        throw error
      })
      if (written.rows.length > 0) feed.published(holder.row.id, written.rows)
      return {status: 'ok', last_seq: written.lastSeq, task_status: written.status}
    },
  }
}

/**
 * @throws AppError with status 422 for JSON that is no batch: that is how a worker knows that sending it again
 *   is of no use (stream §3)
 */
function parseBatch(body: unknown): TaskMessage[] {
  try {
    return parseInput(MessageBatch, body, 'invalid request body').messages as TaskMessage[]
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const field = error.field === undefined ? {} : {field: error.field}
    throw new AppError(error.code, error.message, {...field, status: 422})
  }
}

const parseLegacy = (body: unknown): TaskMessage[] =>
  (parseInput(LegacyMessageBatch, body, 'invalid request body').messages ?? []) as TaskMessage[]

function renewLease(context: ServerContext, {row}: TaskHolder): void {
  const now = context.now()
  const age = row.worker_seen_at ? Math.abs(now.getTime() - row.worker_seen_at.getTime()) : Infinity
  if (age < context.lease.workerMs / LEASE_WRITES) return
  // The row may be remembered: its next batches need not write again.
  row.worker_seen_at = now
  context.db
    .write(() =>
      context.db.models.Task.update(
        {worker_seen_at: now},
        {where: {id: row.id, token_hash: row.token_hash}, silent: true},
      ),
    )
    .catch((error: unknown) => context.log.warn({event: 'lease_failed', task: row.id, err: error}))
}
