import {Op} from 'sequelize'
import {RUNTIME_STALE_MS} from '../../src/protocol/limits.js'
import type {ServerContext} from '../context.js'

/** Runtimes that have fallen silent count as offline, and their workspaces hear of it (contract §7.9). */
export async function sweepRuntimes(context: ServerContext): Promise<void> {
  const {Runtime} = context.db.models
  const stale = {
    status: 'online' as const,
    last_seen_at: {[Op.lt]: new Date(context.now().getTime() - RUNTIME_STALE_MS)},
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
