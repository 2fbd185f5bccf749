import {QueryTypes} from 'sequelize'
import type {ServerContext} from '../context.js'

/** Tells whether time alone can have brought the sweeper something to do. */
export interface Watchfulness {
  /** False only when a round would find nothing. */
  needsRound(): boolean
  /** After a round: looks at what there is to watch. */
  look(): Promise<void>
}

/** A round comes at least so often, whatever is thought of it. */
const LONGEST_REST_MS = 10 * 60_000

/**
 * On SQLite this server is the only one that writes, so an idle one knows that nothing has changed: while
 * no runtime is online and no run is under way, it reads nothing at all until something is written or the
 * oldest waiting task has waited too long (performance §1).
 */
export function createWatchfulness(context: ServerContext, queueLifeMs: number): Watchfulness {
  const {db} = context
  let rest: {writes: number; until: number} | undefined
  return {
    needsRound: () =>
      rest === undefined || rest.writes !== db.writes || context.now().getTime() >= rest.until,
    async look() {
      rest = undefined
      if (db.dialect !== 'sqlite') return
      const {writes} = db
      const [found] = await db.sequelize.query<{busy: number; oldest: string | null}>(WATCHED, {
        type: QueryTypes.SELECT,
      })
      if (!found || found.busy > 0) return
      const expires = found.oldest === null ? Infinity : Date.parse(found.oldest) + queueLifeMs
      rest = {writes, until: Math.min(context.now().getTime() + LONGEST_REST_MS, expires)}
    },
  }
}

// Conditions as the partial indexes spell them, because only then are the indexes used (fault J2).
const WATCHED = `SELECT
  EXISTS (SELECT 1 FROM agent_runtime WHERE status = 'online')
  OR EXISTS (SELECT 1 FROM agent_task_queue WHERE status IN ('dispatched', 'running'))
  OR EXISTS (SELECT 1 FROM agent_task_queue
    WHERE sealed_at IS NULL AND status IN ('completed', 'failed', 'cancelled')
      AND given_up_at IS NULL) AS busy,
  (SELECT MIN(created_at) FROM agent_task_queue
    WHERE status IN ('queued', 'dispatched', 'running')) AS oldest`
