import {QueryTypes} from 'sequelize'
import type {ServerContext} from '../context.js'

export interface EventRow {
  seq: number
  type: string
  payload: string
  agent_id: string | null
}

/** A workspace's events after a number, in order. */
export function readEvents(
  context: ServerContext,
  workspaceId: string,
  after: number,
  limit: number,
): Promise<EventRow[]> {
  return context.db.sequelize.query<EventRow>(
    'SELECT seq, type, payload, agent_id FROM event WHERE workspace_id = :workspaceId AND seq > :after ORDER BY seq LIMIT :limit',
    {replacements: {workspaceId, after, limit}, type: QueryTypes.SELECT},
  )
}

/** Newest and oldest numbers that are kept; both 0 when there are none. */
export async function eventBounds(
  context: ServerContext,
  workspaceId: string,
): Promise<{newest: number; oldest: number}> {
  const [row] = await context.db.sequelize.query<{newest: number; oldest: number | null}>(
    `SELECT event_counter AS newest,
      (SELECT MIN(seq) FROM event WHERE workspace_id = :workspaceId) AS oldest
     FROM workspace WHERE id = :workspaceId`,
    {replacements: {workspaceId}, type: QueryTypes.SELECT},
  )
  return {newest: row?.newest ?? 0, oldest: row?.oldest ?? (row?.newest ?? 0) + 1}
}
