import {QueryTypes} from 'sequelize'
import type {Access} from '../auth/principal.js'
import type {ServerContext} from '../context.js'
import {maySee} from '../services/agents.js'
import {frame} from './frame.js'

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

/** Frames of the events that the reader may see: those of private agents only for those who see the agent. */
export async function eventFrames(
  context: ServerContext,
  access: Access,
  rows: readonly EventRow[],
): Promise<string> {
  const ids = [...new Set(rows.map((row) => row.agent_id).filter((id) => id !== null))]
  const agents = ids.length
    ? await context.db.models.Agent.findAll({
        where: {id: ids},
        attributes: ['id', 'visibility', 'owner_id'],
      })
    : []
  const hidden = (id: string | null) => {
    if (id === null) return false
    const agent = agents.find((row) => row.id === id)
    return !agent || !maySee(access, agent)
  }
  return rows
    .filter((row) => !hidden(row.agent_id))
    .map((row) => frame(row.type, row.payload))
    .join('')
}
