import {QueryTypes, type Transaction} from 'sequelize'
import type {ServerContext} from '../context.js'
import type {Runtime as RuntimeRow} from '../models/runtime.js'

export interface Candidate {
  id: string
  agent_id: string
}

export interface CandidateSearch {
  /** Claims that were answered before this moment and never started are delivered again. */
  answeredBefore: Date
  /** Look at the tasks of this agent only. */
  agentId?: string
  /** Leave these agents out. */
  without?: readonly string[]
}

/**
 * The best task of a runtime that may be handed out now: first a claim whose answer was lost, then by
 * priority and age (contract §7.6). In the one statement: its agent is below its limit, and no other
 * run of that agent is under way on the same issue. Full agents hide nobody (fault B1).
 *
 * The list of all three active states is spelled out, because only then can SQLite use the partial
 * index (fault J2).
 * @param tx on Postgres the row found is locked, and rows that other claims hold are passed over
 */
export async function findCandidate(
  context: ServerContext,
  runtime: RuntimeRow,
  search: CandidateSearch,
  tx?: Transaction,
): Promise<Candidate | undefined> {
  const lock = tx && context.db.dialect === 'postgres' ? 'FOR UPDATE OF t SKIP LOCKED' : ''
  const rows = await context.db.sequelize.query<Candidate>(`${candidateSql(search)} ${lock}`, {
    replacements: {
      runtimeId: runtime.id,
      workspaceId: runtime.workspace_id,
      answeredBefore: search.answeredBefore,
      agentId: search.agentId ?? null,
      without: search.without?.length ? [...search.without] : null,
    },
    type: QueryTypes.SELECT,
    transaction: tx ?? null,
  })
  return rows[0]
}

/** Exported for the test that looks at its query plan. */
export function candidateSql(search: CandidateSearch): string {
  return `SELECT t.id, t.agent_id
    FROM agent_task_queue t JOIN agent a ON a.id = t.agent_id AND a.workspace_id = t.workspace_id
    WHERE t.runtime_id = :runtimeId AND t.workspace_id = :workspaceId
      AND t.status IN ('queued', 'dispatched', 'running')
      AND (t.status = 'queued' OR (t.status = 'dispatched' AND t.dispatched_at < :answeredBefore
        AND t.worker_seen_at IS NULL))
      AND (SELECT COUNT(*) FROM agent_task_queue b
        WHERE b.agent_id = t.agent_id AND b.status IN ('dispatched', 'running') AND b.id <> t.id
      ) < a.max_concurrent_tasks
      AND NOT EXISTS (SELECT 1 FROM agent_task_queue b
        WHERE b.agent_id = t.agent_id AND b.issue_id = t.issue_id
          AND b.status IN ('dispatched', 'running') AND b.id <> t.id)
      ${search.agentId === undefined ? '' : 'AND t.agent_id = :agentId'}
      ${search.without?.length ? 'AND t.agent_id NOT IN (:without)' : ''}
    ORDER BY t.priority DESC, t.created_at, t.id LIMIT 1`
}
