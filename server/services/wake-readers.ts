import type {Transaction} from 'sequelize'
import type {ServerContext} from '../context.js'
import {userTopic} from '../feed/wakeups.js'

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
