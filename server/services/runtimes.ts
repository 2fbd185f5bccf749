import {type Transaction, UniqueConstraintError} from 'sequelize'
import type {z} from 'zod'
import {AppError, notFound} from '../../src/errors.js'
import {parseUuid} from '../../src/ids.js'
import type {RegisterAnswer, RegisterBody} from '../../src/protocol/runtime.js'
import type {Task as TaskView} from '../../src/protocol/task.js'
import {memberRole} from '../auth/access.js'
import type {ServerContext} from '../context.js'
import type {Runtime as RuntimeRow} from '../models/runtime.js'
import {announceTask} from './enqueue.js'
import {serialiseRuntime} from './serialise.js'
import type {TaskEnding} from './task-ending.js'
import {viewTasks} from './task-view.js'

/** Tasks in one answer of the pending list. */
const MAX_PENDING = 500

type Registration = z.output<typeof RegisterBody>

/** Runtimes as their daemons keep them (contract §1.2–1.5). */
export type RuntimeService = ReturnType<typeof createRuntimeService>

export function createRuntimeService(context: ServerContext, ending: TaskEnding) {
  const {db, events} = context
  const {Runtime, Task, Workspace} = db.models
  return {
    /** All runtimes of a call, or none; ids stay the same per workspace, daemon and provider. */
    async register(userId: string, body: Registration): Promise<RegisterAnswer> {
      const role = await memberRole(context, body.workspace_id, userId)
      if (!role) throw notFound('workspace')
      const once = () =>
        db.transaction(async (tx) => {
          const rows: RuntimeRow[] = []
          for (const wanted of body.runtimes) {
            rows.push(await upsert(context, tx, {userId, role, body, wanted}))
          }
          const runtimes = rows.map(serialiseRuntime)
          const workspace = await Workspace.findByPk(body.workspace_id, {transaction: tx})
          await events.append(tx, body.workspace_id, [
            {type: 'daemon:register', payload: {runtimes}},
          ])
          return {runtimes, repos: workspace?.repos ?? []}
        })
      // The same daemon twice at the same time: the second finds what the first has made.
      return once().catch((error: unknown) => {
        if (error instanceof UniqueConstraintError) return once()
        throw error
      })
    },

    /** contract §1.4: tasks that a worker holds by token are left alone. */
    async deregister(userId: string, ids: string[]): Promise<void> {
      await db.transaction(async (tx) => {
        const known = ids.map(parseUuid).filter((id) => id !== undefined)
        const rows = await Runtime.findAll({where: {id: known, owner_id: userId}, transaction: tx})
        for (const row of rows) {
          await row.update({status: 'offline'}, {transaction: tx})
          await endLegacyTasks(context, ending, tx, row)
        }
        for (const workspaceId of new Set(rows.map((row) => row.workspace_id))) {
          await events.append(tx, workspaceId, [
            {type: 'daemon:register', payload: {action: 'deregister'}},
          ])
        }
      })
    },

    /** @returns the runtime's id in its usual form */
    async heartbeat(userId: string, id: string): Promise<string> {
      const row = await requireOwnRuntime(context, userId, id)
      const now = context.now()
      if (row.status === 'online') {
        await db.write(() =>
          Runtime.update({status: 'online', last_seen_at: now}, {where: {id: row.id}}),
        )
        return row.id
      }
      await db.transaction(async (tx) => {
        const online = {status: 'online', last_seen_at: now, online_since: now} as const
        await row.update(online, {transaction: tx})
        await events.append(tx, row.workspace_id, [
          {type: 'daemon:register', payload: {runtimes: [serialiseRuntime(row)]}},
        ])
      })
      return row.id
    },

    /** What waits for a runtime, best first (contract §1.1). */
    async pending(userId: string, runtimeId: string): Promise<TaskView[]> {
      const runtime = await requireOwnRuntime(context, userId, runtimeId)
      const rows = await Task.findAll({
        where: {runtime_id: runtime.id, status: ['queued', 'dispatched']},
        order: [
          ['priority', 'DESC'],
          ['created_at', 'ASC'],
          ['id', 'ASC'],
        ],
        limit: MAX_PENDING,
      })
      return viewTasks(context, rows)
    },
  }
}

/** @throws AppError 404 for a runtime that is not the caller's */
export async function requireOwnRuntime(
  context: ServerContext,
  userId: string,
  id: string,
): Promise<RuntimeRow> {
  const uuid = parseUuid(id)
  const row = uuid
    ? await context.db.models.Runtime.findOne({where: {id: uuid, owner_id: userId}})
    : null
  if (!row || !(await memberRole(context, row.workspace_id, userId))) throw notFound('runtime')
  return row
}

interface Upsert {
  userId: string
  role: string
  body: Registration
  wanted: Registration['runtimes'][number]
}

async function upsert(
  context: ServerContext,
  tx: Transaction,
  {userId, role, body, wanted}: Upsert,
): Promise<RuntimeRow> {
  const {Runtime} = context.db.models
  const provider = wanted.type?.trim() || 'unknown'
  const version = wanted.version?.trim() ?? ''
  const device = body.device_name?.trim() ?? ''
  const values = {
    owner_id: userId,
    name: wanted.name?.trim() || (device ? `${provider} (${device})` : provider),
    runtime_mode: 'local' as const,
    status: wanted.status === 'offline' ? ('offline' as const) : ('online' as const),
    device_info: [device, version].filter(Boolean).join(' · '),
    metadata: {version},
    task_tokens: body.task_tokens ?? false,
    last_seen_at: context.now(),
  }
  const key = {workspace_id: body.workspace_id, daemon_id: body.daemon_id, provider}
  const present = await Runtime.findOne({where: key, transaction: tx, lock: tx.LOCK.UPDATE})
  const since = present?.status === 'online' ? present.online_since : undefined
  const online_since = since ?? context.now()
  if (!present) return Runtime.create({...key, ...values, online_since}, {transaction: tx})
  if (present.owner_id && present.owner_id !== userId && role === 'member') {
    throw new AppError(
      'conflict',
      `the runtime ${provider} of ${body.daemon_id} belongs to somebody else`,
    )
  }
  return present.update({...values, online_since}, {transaction: tx})
}

/** An original daemon deregisters after its agents are dead (contract §1.4). */
async function endLegacyTasks(
  context: ServerContext,
  ending: TaskEnding,
  tx: Transaction,
  runtime: RuntimeRow,
): Promise<void> {
  const rows = await context.db.models.Task.findAll({
    where: {runtime_id: runtime.id, token_hash: null, status: ['dispatched', 'running']},
    transaction: tx,
    lock: tx.LOCK.UPDATE,
  })
  for (const row of rows) {
    if (row.status === 'dispatched') {
      await row.update({status: 'queued', dispatched_at: null}, {transaction: tx})
      await announceTask(context, tx, row)
    } else {
      const error = 'runtime went offline'
      await ending.end(tx, row, {status: 'failed', reason: 'stopped', error, seal: false})
    }
  }
}
