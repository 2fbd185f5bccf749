import {Op, QueryTypes} from 'sequelize'
import {notFound} from '../../src/errors.js'
import type {
  RunTotals,
  RuntimeUsageEntry,
  RunUsage,
  UsageAnswer,
  UsageEntry,
  UsageGroup,
} from '../../src/protocol/usage.js'
import type {Access} from '../auth/principal.js'
import type {ServerContext} from '../context.js'
import {hoursOfRuntime} from './activity-hours.js'
import {requireOwnRuntime} from './runtimes.js'
import {visibleAgents} from './tasks.js'

const DAY_MS = 86_400_000

/**
 * What agents use: of runtimes day by day as their machines tell it, and of runs as their workers do.
 * The first holds the second, so the two are never added. Days are those of UTC, and a number of days
 * includes today, everywhere (fault N6).
 */
export type UsageService = ReturnType<typeof createUsageService>

export function createUsageService(context: ServerContext) {
  const {db, now} = context
  const {Runtime, RuntimeUsage} = db.models
  const firstDay = (days: number) =>
    new Date(now().getTime() - (days - 1) * DAY_MS).toISOString().slice(0, 10)
  return {
    /** Absolute totals: each replaces what was known of its day, provider and model (contract §1.11). */
    async report(userId: string, runtimeId: string, entries: UsageEntry[]): Promise<UsageAnswer> {
      const runtime = await requireOwnRuntime(context, userId, runtimeId)
      const good = entries.filter(({date}) => isDay(date))
      const rows = new Map(
        good.map((entry) => [
          `${entry.date} ${entry.provider} ${entry.model}`,
          {...entry, runtime_id: runtime.id, updated_at: now()},
        ]),
      )
      if (rows.size > 0) {
        await db.write(() =>
          RuntimeUsage.bulkCreate([...rows.values()], {
            updateOnDuplicate: [...COUNTS, 'updated_at'],
          }),
        )
      }
      return {status: 'ok', skipped: entries.length - good.length}
    },

    /** Newest first (contract §2.9). */
    async ofRuntime(access: Access, id: string, days: number): Promise<RuntimeUsageEntry[]> {
      const runtime = await Runtime.findOne({where: {id, workspace_id: access.workspaceId}})
      if (!runtime) throw notFound('runtime')
      const rows = await RuntimeUsage.findAll({
        where: {runtime_id: runtime.id, date: {[Op.gte]: firstDay(days)}},
        order: [
          ['date', 'DESC'],
          ['provider', 'ASC'],
          ['model', 'ASC'],
        ],
      })
      return rows.map((row) => ({
        runtime_id: row.runtime_id,
        date: row.date,
        provider: row.provider,
        model: row.model,
        // Postgres gives its large numbers as texts.
        input_tokens: Number(row.input_tokens),
        output_tokens: Number(row.output_tokens),
        cache_read_tokens: Number(row.cache_read_tokens),
        cache_write_tokens: Number(row.cache_write_tokens),
      }))
    },

    /** At which hours of the day runs have begun (contract §2.9). */
    hours: (access: Access, id: string, zone: string) =>
      hoursOfRuntime(context, access, {id, zone}),

    /** Runs of agents that the reader may see (fault I10). */
    async ofRuns(access: Access, days: number, by: UsageGroup): Promise<RunUsage> {
      const from = firstDay(days)
      const agents = await visibleAgents(context, access)
      const found = agents.length === 0 ? [] : await sumRuns(context, {access, agents, from, by})
      const names = await namesOf(context, access, by)
      const rows = found.map((row) => {
        const key = row.key ?? 'unknown'
        return {key, name: names.get(key) ?? key, ...totalsOf(row)}
      })
      return {days, from, by, rows, total: addUp(rows)}
    },
  }
}

const COUNTS = ['input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_write_tokens'] as const

const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))

type SumRow = Record<keyof RunTotals, number | string | null> & {key: string | null}

interface SumOptions {
  access: Access
  agents: string[]
  from: string
  by: UsageGroup
}

function sumRuns({db}: ServerContext, {access, agents, from, by}: SumOptions): Promise<SumRow[]> {
  const postgres = db.dialect === 'postgres'
  const member = (name: string, type: string) =>
    postgres ? `(usage ->> '${name}')::${type}` : `json_extract(usage, '$.${name}')`
  const keys: Readonly<Record<UsageGroup, string>> = {
    agent: postgres ? 'agent_id::text' : 'agent_id',
    runtime: postgres ? 'runtime_id::text' : 'runtime_id',
    model: member('model', 'text'),
    day: postgres
      ? `to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')`
      : 'substr(created_at, 1, 10)',
  }
  const tokens = COUNTS.map((name) => `SUM(${member(name, 'bigint')}) AS ${name}`)
  const cost = member('cost_usd', 'double precision')
  return db.sequelize.query<SumRow>(
    `SELECT ${keys[by]} AS "key", COUNT(*) AS runs,
       COUNT(${member('input_tokens', 'bigint')}) AS runs_with_tokens,
       COUNT(${cost}) AS runs_with_cost, ${tokens.join(', ')}, SUM(${cost}) AS cost_usd
     FROM agent_task_queue
     WHERE workspace_id = :workspaceId AND agent_id IN (:agents) AND created_at >= :from
     GROUP BY 1 ORDER BY 1 ${by === 'day' ? 'DESC' : ''}`,
    {
      replacements: {workspaceId: access.workspaceId, agents, from: new Date(from)},
      type: QueryTypes.SELECT,
    },
  )
}

const SUMS = [...COUNTS, 'cost_usd'] as const
const RUNS = ['runs', 'runs_with_tokens', 'runs_with_cost'] as const

function totalsOf(row: SumRow): RunTotals {
  const sums = SUMS.map((name) => [name, row[name] === null ? null : Number(row[name])])
  const runs = RUNS.map((name) => [name, Number(row[name])])
  return Object.fromEntries([...runs, ...sums])
}

/** The parts add up to it (fault N6). */
function addUp(rows: readonly RunTotals[]): RunTotals {
  const sums = SUMS.map((name) => {
    const known = rows.map((row) => row[name]).filter((value) => value !== null)
    return [name, known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0)]
  })
  const runs = RUNS.map((name) => [name, rows.reduce((sum, row) => sum + row[name], 0)])
  return Object.fromEntries([...runs, ...sums])
}

async function namesOf(
  {db}: ServerContext,
  access: Access,
  by: UsageGroup,
): Promise<Map<string, string>> {
  const where = {workspace_id: access.workspaceId}
  const attributes = ['id', 'name']
  if (by === 'agent') {
    return new Map(
      (await db.models.Agent.findAll({where, attributes})).map((row) => [row.id, row.name]),
    )
  }
  if (by === 'runtime') {
    return new Map(
      (await db.models.Runtime.findAll({where, attributes})).map((row) => [row.id, row.name]),
    )
  }
  return new Map()
}
