import type {IncomingHttpHeaders} from 'node:http'
import {hashToken} from '../../src/ids.js'
import {isTerminal} from '../../src/protocol/task.js'
import type {Authenticator} from '../auth/authenticator.js'
import type {ServerContext} from '../context.js'
import {bearerTaskToken, requireHolder, requireWriter, type TaskHolder} from './task-holder.js'

/** Remembers who uploads, so that a busy worker does not cost a reading of its task at every batch. */
export interface UploadHolders {
  /** @throws AppError as `requireHolder` and `requireWriter` do */
  require(headers: IncomingHttpHeaders, taskId: string): Promise<TaskHolder>
  /** What is remembered may be wrong: the next upload looks. */
  forget(taskId: string): void
}

/** A holder counts for so long, which is less than the silence after which a task is given up (stream §7). */
const REMEMBER_MS = 5000
const MAX_REMEMBERED = 1000

/**
 * Only runs that go on are remembered, and only in front of the body: the writer checks the token again,
 * with the same statement or in the same transaction that stores the batch.
 */
export function createUploadHolders(
  context: ServerContext,
  authenticator: Authenticator,
): UploadHolders {
  const known = new Map<string, {holder: TaskHolder; until: number}>()
  return {
    async require(headers, taskId) {
      const now = context.now().getTime()
      const token = bearerTaskToken(headers)
      const found = token === undefined ? undefined : known.get(taskId)
      if (token && found && found.until > now && found.holder.row.token_hash === hashToken(token)) {
        return found.holder
      }
      const holder = await requireHolder(context, authenticator, headers, taskId)
      requireWriter(holder)
      known.delete(taskId)
      if (holder.byToken && !isTerminal(holder.row.status)) {
        if (known.size >= MAX_REMEMBERED) known.clear()
        known.set(taskId, {holder, until: now + REMEMBER_MS})
      }
      return holder
    },
    forget: (taskId) => void known.delete(taskId),
  }
}
