import {notFound} from '../../src/errors.js'
import {parseUuid} from '../../src/ids.js'
import {resolveAccess} from '../auth/access.js'
import type {Access, Principal} from '../auth/principal.js'
import type {ServerContext} from '../context.js'
import type {Database} from '../database.js'
import type {Task as TaskRow} from '../models/task.js'
import {requireTask} from './tasks.js'

/**
 * A task by its id alone, and its reader's place in the task's workspace: a task's id is enough to
 * name it, whatever workspace the reader works in otherwise.
 * @throws AppError 404 for an unknown task, a stranger's, and one of an agent that is hidden
 */
export async function requireTaskAccess(
  context: ServerContext,
  principal: Principal,
  taskId: string,
): Promise<{access: Access; row: TaskRow}> {
  const id = parseUuid(taskId)
  const found = id
    ? await context.db.models.Task.findByPk(id, {attributes: ['workspace_id']})
    : null
  if (!id || !found) throw notFound('task')
  const access = await accessTo(context, principal, found.workspace_id)
  return {access, row: await requireTask(context, access, id)}
}

/** Whether a person may read a task; false where that takes more than one look. */
export type QuickLook = (userId: string, taskId: string) => Promise<boolean>

/**
 * Answers the usual case in one statement instead of four: a member of the task's workspace, and an agent
 * that is not private. Readers that come back all at once ask this (fault K1).
 */
export function createQuickLook(db: Database): QuickLook {
  const statement = db.prepare(`SELECT 1 AS found FROM agent_task_queue t
    JOIN member m ON m.workspace_id = t.workspace_id AND m.user_id = $1
    JOIN agent a ON a.id = t.agent_id AND a.visibility <> 'private'
    WHERE t.id = $2`)
  return async (userId, taskId) => (await statement.run([userId, taskId])).length > 0
}

async function accessTo(
  context: ServerContext,
  principal: Principal,
  workspaceId: string,
): Promise<Access> {
  try {
    return await resolveAccess(context, principal, {workspace: workspaceId})
  } catch (error) {
    if ((error as {code?: unknown}).code === 'not_found') throw notFound('task')
    throw error
  }
}
