import type {Transaction} from 'sequelize'
import type {ServerContext} from '../context.js'

interface Named {
  type: string
  id: string | null
}

/** Names of members and agents by id; those that are gone are missing. */
export async function actorNames(
  context: ServerContext,
  actors: readonly Named[],
  tx?: Transaction,
): Promise<Map<string, string>> {
  const idsOf = (type: string) => [
    ...new Set(
      actors.filter((actor) => actor.type === type && actor.id).map(({id}) => id as string),
    ),
  ]
  const options = tx ? {transaction: tx} : {}
  const {User, Agent} = context.db.models
  const members = idsOf('member')
  const agents = idsOf('agent')
  const users = members.length
    ? await User.findAll({where: {id: members}, attributes: ['id', 'name'], ...options})
    : []
  const rows = agents.length
    ? await Agent.findAll({where: {id: agents}, attributes: ['id', 'name'], ...options})
    : []
  return new Map([...users, ...rows].map((row) => [row.id, row.name]))
}

export async function actorName(
  context: ServerContext,
  actor: Named,
  tx?: Transaction,
): Promise<string> {
  return (await actorNames(context, [actor], tx)).get(actor.id ?? '') ?? ''
}
