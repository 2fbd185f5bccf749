import type {Api} from '../client/api.js'
import {AppError, invalid} from '../errors.js'
import {parseUuid} from '../ids.js'
import type {ActorType} from '../protocol/issue.js'
import {shortId} from './format-table.js'

/** A person or an agent that an issue can be assigned to. */
export interface Actor {
  type: ActorType
  id: string
  name: string
}

/**
 * Everybody in a workspace: people first, then agents.
 * @param workspace id or slug; undefined for the only one
 */
export async function listActors(api: Api, workspace: string | undefined): Promise<Actor[]> {
  const [people, agents] = await Promise.all([listPeople(api, workspace), api.agents()])
  return [...people, ...agents.map(({id, name}): Actor => ({type: 'agent', id, name}))]
}

async function listPeople(api: Api, wanted: string | undefined): Promise<Actor[]> {
  const workspaces = await api.workspaces()
  const workspace =
    wanted === undefined
      ? workspaces[0]
      : workspaces.find(({id, slug}) => id === wanted || slug === wanted)
  if (!workspace) return []
  const members = await api.members(workspace.id)
  return members.map(({user_id, name}) => ({type: 'member', id: user_id, name}))
}

/**
 * Whom somebody means: an id, else an exact name in any case, else the beginning of an id as lists show it, else
 * a part of one name only (contract §4.5, fault L4).
 * @throws AppError `invalid` listing the candidates, or saying that there is none
 */
export function resolveActor(named: string, actors: readonly Actor[]): Actor {
  const id = parseUuid(named)
  const byId = id === undefined ? undefined : actors.find((actor) => actor.id === id)
  if (byId) return byId
  const wanted = named.trim().toLowerCase()
  const exact = actors.filter(({name}) => name.toLowerCase() === wanted)
  const matches =
    exact.length > 0 || wanted === ''
      ? exact
      : (byShortId(wanted, actors) ??
        actors.filter(({name}) => name.toLowerCase().includes(wanted)))
  const [match, ...others] = matches
  if (match && others.length === 0) return match
  if (!match) {
    throw new AppError(
      'not_found',
      `resolve assignee: no member or agent found matching "${named}"`,
    )
  }
  const list = matches.map(({type, name, id}) => `  ${type} "${name}" (${shortId(id)})`)
  throw invalid(
    `resolve assignee: ambiguous assignee "${named}"; matches:\n${list.join('\n')}\nname one by its id`,
  )
}

function byShortId(wanted: string, actors: readonly Actor[]): Actor[] | undefined {
  if (!/^[0-9a-f]{8,}/.test(wanted)) return undefined
  const found = actors.filter(({id}) => id.startsWith(wanted))
  return found.length > 0 ? found : undefined
}

/** `claude`, or `type:id8` for somebody who is not in the list (contract §4.4). */
export function nameActor(
  type: string | null,
  id: string | null,
  actors: readonly Actor[],
): string {
  if (!type || !id) return ''
  return (
    actors.find((actor) => actor.type === type && actor.id === id)?.name ?? `${type}:${shortId(id)}`
  )
}
