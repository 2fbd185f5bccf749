import {Op, type Transaction} from 'sequelize'
import {LEASE_MS, RUNTIME_STALE_MS} from '../src/protocol/limits.js'
import type {ServerContext} from './context.js'
import type {Runtime as RuntimeRow} from './models/runtime.js'
import type {Task as TaskRow} from './models/task.js'
import {lastSeq} from './services/last-seq.js'
import type {TaskEnding} from './services/task-ending.js'
import {statusEvent} from './services/task-view.js'

const INTERVAL_MS = 30_000
const DAY_MS = 86_400_000
/** A queued task waits this long for a runtime that is away. */
const QUEUE_LIFE_MS = 7 * DAY_MS
const EVENT_LIFE_MS = 30 * DAY_MS
const KEEP_EVENTS = 10_000
/** An original daemon's last messages may come this long after its result (contract §1.9). */
const LEGACY_GRACE_MS = 10_000

export interface Sweeper {
  /** One round, for tests and for the first one at start. */
  sweep(): Promise<void>
  stop(): Promise<void>
}

/**
 * Ends what nobody else will end (contract §7.9 with its note): liveness decides, never the age of a
 * run. Every rule looks at every round.
 */
export function startSweeper(context: ServerContext, ending: TaskEnding): Sweeper {
  let running: Promise<void> = Promise.resolve()
  const sweep = () => {
    running = running.then(() => round(context, ending))
    return running
  }
  const timer = setInterval(() => void sweep(), INTERVAL_MS)
  timer.unref()
  return {
    sweep,
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}

async function round(context: ServerContext, ending: TaskEnding): Promise<void> {
  const rules = [markStaleRuntimes, failOrphans, requeueUnstarted, expireQueued, sealEnded, prune]
  for (const rule of rules) {
    try {
      await rule(context, ending)
    } catch (error) {
      context.log.warn({event: 'sweep_failed', rule: rule.name, err: error})
    }
  }
}

const before = (context: ServerContext, ms: number) => new Date(context.now().getTime() - ms)

async function markStaleRuntimes(context: ServerContext): Promise<void> {
  const where = {
    status: 'online' as const,
    last_seen_at: {[Op.lt]: before(context, RUNTIME_STALE_MS)},
  }
  if ((await context.db.models.Runtime.count({where})) === 0) return
  await context.db.transaction(async (tx) => {
    const rows: RuntimeRow[] = await context.db.models.Runtime.findAll({where, transaction: tx})
    for (const row of rows) await row.update({status: 'offline'}, {transaction: tx})
    for (const workspaceId of new Set(rows.map((row) => row.workspace_id))) {
      await context.events.append(tx, workspaceId, [
        {type: 'daemon:register', payload: {action: 'stale_sweep'}},
      ])
    }
  })
}

/** Runs whose worker and runtime have both fallen silent. */
async function failOrphans(context: ServerContext, ending: TaskEnding): Promise<void> {
  await eachOffline(context, ['running'], async (tx, row) => {
    const seen = row.worker_seen_at ?? row.started_at ?? row.created_at
    if (seen > before(context, LEASE_MS)) return
    const error = 'runtime went offline'
    await ending.end(tx, row, {status: 'failed', reason: 'lost', error, seal: false})
  })
}

/** Claims whose run never began go back into the queue when their runtime is away. */
async function requeueUnstarted(context: ServerContext): Promise<void> {
  await eachOffline(context, ['dispatched'], async (tx, row) => {
    if ((row.dispatched_at ?? row.created_at) > before(context, LEASE_MS)) return
    await row.update(
      {status: 'queued', dispatched_at: null, token_hash: null, worker_seen_at: null},
      {transaction: tx},
    )
    await context.events.append(tx, row.workspace_id, [statusEvent(row)], {taskId: row.id})
  })
}

async function expireQueued(context: ServerContext, ending: TaskEnding): Promise<void> {
  await eachOffline(context, ['queued'], async (tx, row) => {
    if (row.created_at > before(context, QUEUE_LIFE_MS)) return
    const error = 'no daemon picked this task up within 7 days'
    await ending.end(tx, row, {status: 'failed', reason: 'expired', error, seal: true})
  })
}

async function eachOffline(
  context: ServerContext,
  statuses: TaskRow['status'][],
  work: (tx: Transaction, row: TaskRow) => Promise<void>,
): Promise<void> {
  const {Runtime, Task} = context.db.models
  const rows = await Task.findAll({where: {status: statuses}, attributes: ['id', 'runtime_id']})
  if (rows.length === 0) return
  const offline = await Runtime.findAll({
    where: {id: [...new Set(rows.map((row) => row.runtime_id))], status: 'offline'},
    attributes: ['id'],
  })
  const away = new Set(offline.map((row) => row.id))
  for (const {id} of rows.filter((row) => away.has(row.runtime_id))) {
    await context.db.transaction(async (tx) => {
      const row = await Task.findByPk(id, {transaction: tx, lock: tx.LOCK.UPDATE})
      if (row && statuses.includes(row.status)) await work(tx, row)
    })
  }
}

/** Seals what has ended and whose worker will not come any more: unacknowledged cancels, tasks of original daemons. */
async function sealEnded(context: ServerContext): Promise<void> {
  const {Task} = context.db.models
  const rows = await Task.findAll({
    where: {
      status: ['completed', 'failed', 'cancelled'],
      sealed_at: null,
      completed_at: {[Op.lt]: before(context, LEGACY_GRACE_MS)},
    },
  })
  for (const found of rows) {
    if (!isOver(context, found)) continue
    await context.db.transaction(async (tx) => {
      const row = await Task.findByPk(found.id, {transaction: tx, lock: tx.LOCK.UPDATE})
      if (!row || row.sealed_at || !isOver(context, row)) return
      await row.update(
        {sealed_at: context.now(), last_seq: await lastSeq(context.db, row.id, tx)},
        {transaction: tx},
      )
      await context.events.append(tx, row.workspace_id, [statusEvent(row)], {taskId: row.id})
    })
  }
}

function isOver(context: ServerContext, row: TaskRow): boolean {
  if (row.token_hash === null) return true
  if (row.end_reason === 'lost') return false
  const seen = row.worker_seen_at ?? row.dispatched_at ?? row.created_at
  const lastSign = Math.max(seen.getTime(), row.completed_at?.getTime() ?? 0)
  return lastSign < before(context, LEASE_MS).getTime()
}

/** Old events, answers to repeated calls, and sign-ins that have ended. */
async function prune(context: ServerContext): Promise<void> {
  const {Event, IdempotencyKey, SignInLink, WebSession, Workspace} = context.db.models
  const now = context.now()
  await context.db.write(() => WebSession.destroy({where: {expires_at: {[Op.lt]: now}}}))
  await context.db.write(() => SignInLink.destroy({where: {expires_at: {[Op.lt]: now}}}))
  await context.db.write(() =>
    IdempotencyKey.destroy({where: {created_at: {[Op.lt]: before(context, DAY_MS)}}}),
  )
  const workspaces = await Workspace.findAll({attributes: ['id', 'event_counter']})
  for (const {id, event_counter} of workspaces) {
    if (event_counter <= KEEP_EVENTS) continue
    await context.db.write(() =>
      Event.destroy({
        where: {
          workspace_id: id,
          seq: {[Op.lte]: event_counter - KEEP_EVENTS},
          created_at: {[Op.lt]: before(context, EVENT_LIFE_MS)},
        },
      }),
    )
  }
}
