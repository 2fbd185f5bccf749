import {randomBytes} from 'node:crypto'
import {Op} from 'sequelize'
import type {z} from 'zod'
import {notFound} from '../../src/errors.js'
import {parseUuid} from '../../src/ids.js'
import {createMasker} from '../../src/masking/masker.js'
import {
  PING_PENDING_MS,
  PING_RUNNING_MS,
  type Ping,
  type PingResult,
} from '../../src/protocol/ping.js'
import type {Access} from '../auth/principal.js'
import type {ServerContext} from '../context.js'
import type {RuntimePing as PingRow} from '../models/runtime-ping.js'
import {requireOwnRuntime} from './runtimes.js'
import {time} from './serialise.js'

/** Pings, kept in the database so that any server may take part (contract §1.12). */
export type PingService = ReturnType<typeof createPingService>

const LIFE_MS = 3_600_000
/** An agent's answer is one word; more than this is cut. */
const MAX_TEXT = 4000

export function createPingService(context: ServerContext) {
  const {db, events} = context
  const {Runtime, RuntimePing} = db.models
  const ofWorkspace = async (access: Access, runtimeId: string) => {
    const row = await Runtime.findOne({
      where: {id: runtimeId, workspace_id: access.workspaceId},
    })
    if (!row) throw notFound('runtime')
    return row
  }
  return {
    /** Its daemon hears of it at once through the workspace's events, at the latest with a heartbeat. */
    async create(access: Access, runtimeId: string): Promise<Ping> {
      const runtime = await ofWorkspace(access, runtimeId)
      const now = context.now()
      const id = randomBytes(16).toString('hex')
      const row = await db.transaction(async (tx) => {
        const old = {[Op.lt]: new Date(now.getTime() - LIFE_MS)}
        await RuntimePing.destroy({where: {created_at: old}, transaction: tx})
        const made = await RuntimePing.create(
          {id, runtime_id: runtime.id, status: 'pending', created_at: now, updated_at: now},
          {transaction: tx, silent: true},
        )
        await events.append(tx, runtime.workspace_id, [
          {type: 'runtime:ping', payload: {runtime_id: runtime.id, ping_id: id}},
        ])
        return made
      })
      return serialise(row)
    },

    async get(access: Access, runtimeId: string, pingId: string): Promise<Ping> {
      const runtime = await ofWorkspace(access, runtimeId)
      const row = await RuntimePing.findOne({
        where: {id: parsePingId(pingId), runtime_id: runtime.id},
      })
      if (!row) throw notFound('ping')
      const late = lateness(row, context.now())
      if (late === undefined) return serialise(row)
      await change(row, [row.status], {status: 'timeout', error: late})
      await row.reload()
      return serialise(row)
    },

    /** Hands the oldest waiting ping to the runtime's daemon, once. */
    async take(runtimeId: string): Promise<{id: string} | undefined> {
      const since = new Date(context.now().getTime() - PING_PENDING_MS)
      const row = await RuntimePing.findOne({
        where: {runtime_id: runtimeId, status: 'pending', created_at: {[Op.gte]: since}},
        order: [['created_at', 'ASC']],
      })
      return row && (await change(row, ['pending'], {status: 'running'})) ? {id: row.id} : undefined
    },

    /** The daemon's report; a repeat, and one that comes too late, changes nothing. */
    async report(
      userId: string,
      runtimeId: string,
      pingId: string,
      result: z.output<typeof PingResult>,
    ): Promise<void> {
      const runtime = await requireOwnRuntime(context, userId, runtimeId)
      const where = {id: parsePingId(pingId), runtime_id: runtime.id}
      const row = await RuntimePing.findOne({where})
      if (!row) throw notFound('ping')
      const duration = {duration_ms: result.duration_ms ?? null}
      const values =
        result.status === 'completed'
          ? {status: 'completed' as const, output: tidy(result.output), ...duration}
          : {status: 'failed' as const, error: tidy(result.error) || 'no reason given', ...duration}
      await change(row, ['pending', 'running'], values)
    },
  }

  /** @returns whether the row was still in one of these states */
  async function change(row: PingRow, from: string[], values: Partial<PingRow>): Promise<boolean> {
    const [count] = await db.write(() =>
      RuntimePing.update(
        {...values, updated_at: context.now()},
        {where: {id: row.id, status: from}, silent: true},
      ),
    )
    return count === 1
  }
}

/** The same text in lower case, with dashes or not (contract §1.12 note). */
function parsePingId(id: string): string {
  return (parseUuid(id)?.replaceAll('-', '') ?? id).toLowerCase()
}

const masker = createMasker()

/** Cut, cleaned for both databases (fault A5), and without secrets of a known shape. */
const tidy = (text: string | null | undefined): string =>
  masker.mask((text ?? '').slice(0, MAX_TEXT).toWellFormed().replaceAll('\0', '\ufffd'))

/** Why a ping has timed out; undefined when it has not. */
function lateness(row: PingRow, now: Date): string | undefined {
  const age = now.getTime() - row.updated_at.getTime()
  if (row.status === 'pending' && age > PING_PENDING_MS) {
    return `the daemon did not respond within ${PING_PENDING_MS / 1000} seconds; is it running?`
  }
  if (row.status === 'running' && age > PING_RUNNING_MS) {
    return `the agent did not answer within ${PING_RUNNING_MS / 1000} seconds`
  }
  return undefined
}

function serialise(row: PingRow): Ping {
  return {
    id: row.id,
    runtime_id: row.runtime_id,
    status: row.status,
    ...(row.output && {output: row.output}),
    ...(row.error && {error: row.error}),
    ...(row.duration_ms && {duration_ms: row.duration_ms}),
    created_at: time(row.created_at),
    updated_at: time(row.updated_at),
  }
}
