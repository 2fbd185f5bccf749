import {AppError, invalid} from '../errors.js'
import {parseUuid} from '../ids.js'
import type {Agent} from '../protocol/agent.js'
import type {Runtime} from '../protocol/runtime.js'

/** An agent by id or by its exact name in any case. @throws AppError listing the known names */
export function findAgent(named: string, agents: readonly Agent[]): Agent {
  const id = parseUuid(named)
  const wanted = named.trim().toLowerCase()
  const agent =
    agents.find((agent) => agent.id === id) ??
    agents.find(({name}) => name.toLowerCase() === wanted)
  if (agent) return agent
  const known = agents.map(({name}) => name).join(', ')
  throw new AppError(
    'not_found',
    `agent "${named}" not found (${known ? `known ones: ${known}` : 'there is none yet'})`,
  )
}

/**
 * A runtime by id, provider (`claude`) or name; of several the one that is online.
 * @throws AppError listing the candidates, or saying how to get a runtime
 */
export function findRuntime(named: string, runtimes: readonly Runtime[]): Runtime {
  const id = parseUuid(named)
  const byId = runtimes.find((runtime) => runtime.id === id)
  if (byId) return byId
  const wanted = named.trim().toLowerCase()
  const matches = runtimes.filter(({provider, name}) =>
    [provider.toLowerCase(), name.toLowerCase()].includes(wanted),
  )
  const online = matches.filter(({status}) => status === 'online')
  const [match, ...others] = online.length > 0 ? online : matches
  if (!match) {
    const known = [...new Set(runtimes.map(({provider}) => provider))].join(', ')
    throw new AppError(
      'not_found',
      `runtime "${named}" not found (${known ? `known ones: ${known}` : 'run "multica daemon start" where an agent is installed'})`,
    )
  }
  if (others.length === 0) return match
  const list = [match, ...others].map(({id, name}) => `  ${id} ${name}`).join('\n')
  throw invalid(`several runtimes match "${named}"; name one by its id:\n${list}`)
}
