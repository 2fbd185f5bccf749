import {QueryTypes} from 'sequelize'
import {invalid, notFound} from '../../src/errors.js'
import type {Access} from '../auth/principal.js'
import type {ServerContext} from '../context.js'
import {visibleAgents} from './tasks.js'

export interface HourActivity {
  /** Hour of the day, 0 to 23. */
  hour: number
  /** Runs that began in it. */
  count: number
}

/**
 * At which hours the runs of a runtime have begun, over all time; hours without any are left out
 * (contract §2.9). Runs of agents that the reader may not see do not count.
 * @param zone name of a time zone, such as `Europe/Berlin`
 * @throws AppError 404 for an unknown runtime, 400 for an unknown zone
 */
export async function hoursOfRuntime(
  context: ServerContext,
  access: Access,
  {id, zone}: {id: string; zone: string},
): Promise<HourActivity[]> {
  const hourOf = hourIn(zone)
  const {db} = context
  const where = {id, workspace_id: access.workspaceId}
  if (!(await db.models.Runtime.findOne({where, attributes: ['id']}))) throw notFound('runtime')
  const agents = await visibleAgents(context, access)
  const counts = new Map<number, number>()
  for (const {quarter, count} of agents.length > 0 ? await starts(context, id, agents) : []) {
    const hour = hourOf(new Date(Number(quarter) * QUARTER_S * 1000))
    counts.set(hour, (counts.get(hour) ?? 0) + Number(count))
  }
  return [...counts].map(([hour, count]) => ({hour, count})).sort((a, b) => a.hour - b.hour)
}

/** Every zone's offset is a multiple of it. */
const QUARTER_S = 900

function starts({db}: ServerContext, runtimeId: string, agents: string[]) {
  const seconds =
    db.dialect === 'postgres'
      ? 'EXTRACT(EPOCH FROM started_at)::bigint'
      : "CAST(strftime('%s', started_at) AS INTEGER)"
  return db.sequelize.query<{quarter: number | string; count: number | string}>(
    `SELECT ${seconds} / ${QUARTER_S} AS quarter, COUNT(*) AS count FROM agent_task_queue
     WHERE runtime_id = :runtimeId AND agent_id IN (:agents) AND started_at IS NOT NULL
     GROUP BY 1`,
    {replacements: {runtimeId, agents}, type: QueryTypes.SELECT},
  )
}

function hourIn(zone: string): (date: Date) => number {
  try {
    const format = new Intl.DateTimeFormat('en-GB', {
      hour: '2-digit',
      hourCycle: 'h23',
      timeZone: zone,
    })
    return (date) => Number(format.format(date))
  } catch {
    throw invalid(`zone: there is no time zone "${zone}"`, 'zone')
  }
}
