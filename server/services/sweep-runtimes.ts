import {Op} from 'sequelize'
import type {ServerContext} from '../context.js'

/** Runtimes that have fallen silent count as offline, and their workspaces hear of it (contract §7.9). */
export async function sweepRuntimes(context: ServerContext): Promise<void> {
  const {Runtime} = context.db.models
  const now = context.now().getTime()
  const {runtimeMs} = context.lease
  const stale = {
    status: 'online' as const,
    // What lies ahead is from before the clock was set back, and nobody has been heard since.
    last_seen_at: {
      [Op.or]: [{[Op.lt]: new Date(now - runtimeMs)}, {[Op.gt]: new Date(now + runtimeMs)}],
    },
  }
  const rows = await Runtime.findAll({where: stale, attributes: ['workspace_id']})
  for (const workspaceId of new Set(rows.map((row) => row.workspace_id))) {
    await context.db.transaction(async (tx) => {
      // A heartbeat may have come meanwhile.
      const [count] = await Runtime.update(
        {status: 'offline'},
        {where: {...stale, workspace_id: workspaceId}, transaction: tx},
      )
      if (count === 0) return
      await context.events.append(tx, workspaceId, [
        {type: 'daemon:register', payload: {action: 'stale_sweep'}},
      ])
    })
  }
}
