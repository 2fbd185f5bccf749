import {QueryTypes, type Transaction} from 'sequelize'
import type {ServerContext} from '../context.js'
import type {Task as TaskRow} from '../models/task.js'
import {lastSeq} from './last-seq.js'
import {retryStranded} from './retries.js'
import {announceStatus} from './task-announcement.js'
import type {TaskEnding} from './task-ending.js'

/** Rows that one rule works on in one round; the rest waits for the next. */
const MAX_ROWS = 500
/** An original daemon's last messages may come this long after its result (contract §1.9). */
const LEGACY_GRACE_MS = 15_000
/** In leases: a worker that lives has been heard of again by then. */
const STRANDED_LEASES = 2
/** How long a worker that is away may still come back and bring what it has. */
const AWAY_LIFE_MS = 30 * 86_400_000

/**
 * Longer ago than the rule waits. What lies further ahead, by a lease at least, is from before the clock was set back:
 * rules are asked only after a lease in which the living were heard again (listening.ts).
 */
const past = (column: string): string => `(${column} < :before OR ${column} > :after)`

// Conditions as the partial indexes spell them, because only then are the indexes used (fault J2).
const ACTIVE = "t.status IN ('queued', 'dispatched', 'running')"
const HELD = "t.status IN ('dispatched', 'running')"
const UNSEALED = `t.sealed_at IS NULL AND t.status IN ('completed', 'failed', 'cancelled')
  AND ${past('t.completed_at')}`
const OFFLINE = "r.status = 'offline'"
/** When a task's worker was last heard of. */
const HEARD = 'COALESCE(t.worker_seen_at, t.started_at, t.dispatched_at, t.created_at)'

/**
 * Runs whose worker has been silent for a lease and whose runtime is offline have failed as lost; their
 * worker may take them up again (stream §7).
 */
export async function failOrphans(context: ServerContext, ending: TaskEnding): Promise<void> {
  const sql = `${HELD} AND t.status = 'running' AND ${past(HEARD)} AND ${OFFLINE}`
  await eachTask(context, {sql, ms: context.lease.workerMs}, (tx, row) =>
    ending.end(tx, row, {
      status: 'failed',
      reason: 'lost',
      error: 'runtime went offline',
      seal: false,
    }),
  )
}

/**
 * Lost runs whose machine has been back for a while without a word of their worker: it came back without
 * its state, so they are tried again.
 */
export async function retryLostRuns(context: ServerContext): Promise<void> {
  const sql = `${UNSEALED} AND t.status = 'failed' AND t.end_reason = 'lost'
    AND r.status = 'online' AND ${past('r.online_since')}`
  await eachTask(context, {sql, ms: STRANDED_LEASES * context.lease.workerMs}, (tx, row) =>
    retryStranded(context, tx, row),
  )
}

/**
 * Claims whose run never began go back into the queue: the answer was lost, or the daemon died with it
 * (contract §7.2). The old token is void at once.
 */
export async function requeueUnstarted(context: ServerContext): Promise<void> {
  const sql = `${HELD} AND t.status = 'dispatched' AND ${past(HEARD)}`
  await eachTask(context, {sql, ms: context.lease.redeliveryMs}, async (tx, row) => {
    await row.update(
      {status: 'queued', dispatched_at: null, token_hash: null, worker_seen_at: null},
      {transaction: tx},
    )
    await announceStatus(context, tx, row)
  })
}

/** Tasks that wait for a runtime which does not come back (fault B16). */
export async function expireQueued(
  context: ServerContext,
  ending: TaskEnding,
  lifeMs: number,
): Promise<void> {
  const sql = `${ACTIVE} AND t.status = 'queued' AND t.created_at < :before AND ${OFFLINE}`
  await eachTask(context, {sql, ms: lifeMs}, (tx, row) =>
    ending.end(tx, row, {
      status: 'failed',
      reason: 'expired',
      error:
        'no daemon took this task in time; start the daemon of its runtime and assign it again',
      seal: true,
    }),
  )
}

/**
 * Ends the streams of cancelled runs whose worker never acknowledged: nobody waits for it any more. It may
 * be cut off only, so its transcript stays open for what it has journalled, which is nothing before the start.
 */
export async function giveUpCancelled(context: ServerContext): Promise<void> {
  const sql = `${UNSEALED} AND t.status = 'cancelled' AND t.given_up_at IS NULL AND ${past(HEARD)}`
  await eachTask(context, {sql, ms: context.lease.workerMs}, async (tx, row) => {
    if (row.started_at === null) return seal(context, tx, row)
    await row.update({given_up_at: context.now()}, {transaction: tx})
    await announceStatus(context, tx, row)
  })
}

/**
 * Seals transcripts to which nothing can come any more: those of original daemons, and those of runs whose
 * worker has stayed away.
 */
export async function sealEnded(context: ServerContext): Promise<void> {
  const rules: Search[] = [
    {sql: `${UNSEALED} AND t.token_hash IS NULL`, ms: LEGACY_GRACE_MS},
    {sql: `${UNSEALED} AND t.status IN ('failed', 'cancelled')`, ms: AWAY_LIFE_MS},
  ]
  for (const rule of rules) {
    await eachTask(context, rule, (tx, row) => seal(context, tx, row))
  }
}

/** Runs whose worker has stayed away, of one workspace. */
export const AWAY = `t.sealed_at IS NULL AND t.status IN ('completed', 'failed', 'cancelled')
  AND (t.given_up_at IS NOT NULL OR t.end_reason = 'lost') AND t.workspace_id = :workspaceId`

/** Seals transcripts that are to be deleted although their worker may come back (retention). */
export async function sealAway(
  context: ServerContext,
  {workspaceId, before}: {workspaceId: string; before: Date},
): Promise<void> {
  const sql = `${AWAY} AND t.completed_at < :before`
  const ms = context.now().getTime() - before.getTime()
  await eachTask(context, {sql, ms, workspaceId}, (tx, row) => seal(context, tx, row))
}

async function seal(context: ServerContext, tx: Transaction, row: TaskRow): Promise<void> {
  const last_seq = await lastSeq(context.db, row.id, tx)
  await row.update({sealed_at: context.now(), last_seq}, {transaction: tx})
  await announceStatus(context, tx, row)
}

interface Search {
  /** Which tasks: `t` is the task, `r` its runtime, `:before` the moment `ms` ago, `:after` one ahead. */
  sql: string
  ms: number
  workspaceId?: string
}

/**
 * Runs a rule on each task that fits, one transaction each, after the task has been locked and has been
 * found to fit still.
 */
async function eachTask(
  context: ServerContext,
  search: Search,
  work: (tx: Transaction, row: TaskRow) => Promise<void>,
): Promise<void> {
  for (const {id} of await findTasks(context, search)) {
    await context.db.transaction(async (tx) => {
      const row = await context.db.models.Task.findByPk(id, {
        transaction: tx,
        lock: tx.LOCK.UPDATE,
      })
      const [still] = row ? await findTasks(context, search, {id, tx}) : []
      if (row && still) await work(tx, row)
    })
  }
}

function findTasks(
  context: ServerContext,
  {sql, ms, workspaceId = ''}: Search,
  only?: {id: string; tx: Transaction},
): Promise<{id: string}[]> {
  const now = context.now().getTime()
  return context.db.sequelize.query<{id: string}>(
    `SELECT t.id FROM agent_task_queue t JOIN agent_runtime r ON r.id = t.runtime_id
     WHERE ${sql} ${only ? 'AND t.id = :id' : ''} ORDER BY t.id LIMIT :limit`,
    {
      replacements: {
        before: new Date(now - ms),
        after: new Date(now + Math.max(ms, context.lease.workerMs)),
        limit: MAX_ROWS,
        workspaceId,
        ...(only && {id: only.id}),
      },
      type: QueryTypes.SELECT,
      transaction: only?.tx ?? null,
    },
  )
}
