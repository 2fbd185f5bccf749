import type {Transaction, WhereOptions} from 'sequelize'
import type {ServerContext} from '../context.js'
import {taskTopic, userTopic} from '../feed/wakeups.js'

/** Open streams of a workspace's members check their access anew when the transaction has committed. */
export async function wakeMembers(
  context: ServerContext,
  tx: Transaction,
  workspaceId: string,
): Promise<void> {
  const members = await context.db.models.Member.findAll({
    where: {workspace_id: workspaceId},
    attributes: ['user_id'],
    transaction: tx,
  })
  tx.afterCommit(() => {
    for (const {user_id} of members) context.wakeups.wake(userTopic(user_id))
  })
}

/**
 * Readers of tasks that go with what is removed find that out when the transaction has committed. Call it
 * before they go. On a closed transcript nobody waits but a slow reader, which other servers find themselves.
 */
export async function wakeReadersOf(
  context: ServerContext,
  tx: Transaction,
  where: WhereOptions,
): Promise<void> {
  const {wakeups, db} = context
  const tasks = await db.models.Task.findAll({
    where,
    attributes: ['id', 'sealed_at'],
    raw: true,
    transaction: tx,
  })
  tx.afterCommit(() => {
    for (const {id, sealed_at} of tasks) {
      if (sealed_at === null) wakeups.wake(taskTopic(id))
      else wakeups.wakeHere(taskTopic(id))
    }
  })
}
