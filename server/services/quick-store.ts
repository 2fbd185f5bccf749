import type {TaskStatus} from '../../src/protocol/task.js'
import type {Database} from '../database.js'
import {type NewRow, POSTGRES_INSERT, rowsAsObjects} from './insert-rows.js'
import type {Batch, Waiting} from './message-batch.js'

/**
 * One statement that checks and stores: a batch is taken when its claim stands, its transcript is open,
 * and it follows the last stored message. Each row of `$3` is [task, token hash, last seq before the batch].
 * The lock keeps a seal out until the commit; what another server stores of the same task meanwhile is
 * the same messages.
 */
const CHECK_AND_STORE = `WITH
  wanted AS (
    SELECT (value ->> 0)::uuid AS task_id, value ->> 1 AS token_hash, (value ->> 2)::int AS last_seq
    FROM json_array_elements($3::json) AS value),
  held AS (
    SELECT t.id, t.status FROM wanted w JOIN agent_task_queue t ON t.id = w.task_id
    WHERE t.token_hash = w.token_hash AND t.sealed_at IS NULL
      AND w.last_seq = COALESCE((SELECT MAX(m.seq) FROM task_message m WHERE m.task_id = t.id), 0)
    FOR SHARE OF t),
  stored AS (
    ${POSTGRES_INSERT} JOIN held ON held.id = new.task_id
    ON CONFLICT DO NOTHING)
  SELECT id, status FROM held`

/**
 * Stores on Postgres what is as it should be, in one round trip and without a transaction of several
 * statements (performance §2), and answers it. @returns the others, which need a closer look
 */
export function createQuickStore(db: Database): (group: Waiting[]) => Promise<Waiting[]> {
  const statement = db.prepare(CHECK_AND_STORE)
  return async (group) => {
    const hopeful = hopefulOf(group)
    if (hopeful.size === 0) return group
    const batches = [...hopeful.values()].map(({batch}) => batch)
    const rows = new Map(batches.map((batch) => [batch.taskId, rowsOf(batch)]))
    const parameters = [
      rowsAsObjects([...rows.values()].flat()),
      new Date().toISOString(),
      JSON.stringify(batches.map((batch) => [batch.taskId, batch.tokenHash, lastBefore(batch)])),
    ]
    const held = await db.write(() => statement.run<{id: string; status: TaskStatus}>(parameters))
    const taken = new Set<Waiting>()
    for (const {id, status} of held) {
      const waiting = hopeful.get(id)
      if (!waiting) continue
      taken.add(waiting)
      const stored = rows.get(id) ?? []
      waiting.resolve({rows: stored, lastSeq: stored.at(-1)?.seq ?? 0, status})
    }
    return group.filter((waiting) => !taken.has(waiting))
  }
}

/** The first batch of each task that looks as a worker's next one does. */
function hopefulOf(group: readonly Waiting[]): Map<string, Waiting> {
  const hopeful = new Map<string, Waiting>()
  const seen = new Set<string>()
  for (const waiting of group) {
    const {batch} = waiting
    const isFirst = !seen.has(batch.taskId)
    seen.add(batch.taskId)
    const follow = batch.messages.every(({seq}, index) => seq === lastBefore(batch) + 1 + index)
    if (isFirst && follow && batch.tokenHash !== null && batch.messages.length > 0) {
      hopeful.set(batch.taskId, waiting)
    }
  }
  return hopeful
}

const lastBefore = ({messages}: Batch): number => (messages[0]?.seq ?? 1) - 1

const rowsOf = ({taskId, messages}: Batch): NewRow[] =>
  messages.map((message) => ({...message, taskId, givenSeq: null}))
