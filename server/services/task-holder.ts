import type {IncomingHttpHeaders} from 'node:http'
import type {Transaction} from 'sequelize'
import {AppError, notFound} from '../../src/errors.js'
import {hashToken, parseUuid} from '../../src/ids.js'
import {memberRole} from '../auth/access.js'
import type {Authenticator} from '../auth/authenticator.js'
import type {ServerContext} from '../context.js'
import type {Task as TaskRow} from '../models/task.js'

/** Who writes to a task: its worker by task token, or the owner of its runtime (stream §7, §8). */
export interface TaskHolder {
  row: TaskRow
  /** False for a daemon of the original, which knows no task tokens. */
  byToken: boolean
}

/**
 * Finds the task and checks that the caller holds it.
 * @throws AppError 404 for a task that is gone or not the caller's, 403 `stale_claim` when another
 *   attempt owns it
 */
export async function requireHolder(
  context: ServerContext,
  authenticator: Authenticator,
  headers: IncomingHttpHeaders,
  taskId: string,
): Promise<TaskHolder> {
  const id = parseUuid(taskId)
  const row = id ? await context.db.models.Task.findByPk(id) : null
  const token = bearerTaskToken(headers)
  if (token) {
    if (!row) throw notFound('task')
    if (row.token_hash !== hashToken(token)) throw staleClaim()
    return {row, byToken: true}
  }
  const principal = await authenticator.authenticate(headers)
  if (principal.kind !== 'user' || principal.via !== 'pat' || !row) throw notFound('task')
  const runtime = await context.db.models.Runtime.findByPk(row.runtime_id)
  const role = await memberRole(context, row.workspace_id, principal.userId)
  if (!role || runtime?.owner_id !== principal.userId) throw notFound('task')
  return {row, byToken: false}
}

/**
 * Reads the task again under a lock.
 * @throws AppError when it is gone, or another claim has taken it since
 */
export async function lockHeldTask(
  context: ServerContext,
  tx: Transaction,
  holder: TaskHolder,
): Promise<TaskRow> {
  const row = await context.db.models.Task.findByPk(holder.row.id, {
    transaction: tx,
    lock: tx.LOCK.UPDATE,
  })
  if (!row) throw notFound('task')
  if (row.token_hash !== holder.row.token_hash) throw staleClaim()
  return row
}

/** The task token of a request; undefined for one with another credential. */
export const bearerTaskToken = ({authorization}: IncomingHttpHeaders): string | undefined =>
  /^Bearer (mult_[0-9a-f]{40})$/i.exec(authorization ?? '')?.[1]

/** Writes of the runtime's owner are taken only for a task that has no token. */
export function requireWriter(holder: TaskHolder): void {
  if (!holder.byToken && holder.row.token_hash !== null) throw staleClaim()
}

const staleClaim = () => new AppError('stale_claim', 'another claim owns this task')
