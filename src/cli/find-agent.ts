import {AppError, invalid} from '../errors.js'
import {parseUuid} from '../ids.js'
import type {Agent} from '../protocol/agent.js'
import type {Runtime} from '../protocol/runtime.js'
import {shortId} from './format-table.js'

/**
 * An agent by id or by its exact name in any case.
 * @throws AppError listing the known names, or those who share this one
 */
export function findAgent(named: string, agents: readonly Agent[]): Agent {
  const id = parseUuid(named)
  const byId = agents.find((agent) => agent.id === id)
  const [agent, ...others] = byId ? [byId] : namesakes(named, agents)
  if (agent && others.length > 0) {
    const list = [agent, ...others].map(({id, name}) => `  ${id} "${name}"`)
    throw invalid(`several agents are called "${named}"; name one by its id:\n${list.join('\n')}`)
  }
  if (agent) return agent
  const known = agents.map(({name}) => name).join(', ')
  throw new AppError(
    'not_found',
    `agent "${named}" not found (${known ? `known ones: ${known}` : 'there is none yet'})`,
  )
}

function namesakes(named: string, agents: readonly Agent[]): Agent[] {
  const wanted = named.trim().toLowerCase()
  return agents.filter(({name}) => name.toLowerCase() === wanted)
}

/** An issue is assigned by name, so a second agent of a name would only be in the way. @throws AppError */
export function requireFreeName(name: string, agents: readonly Agent[]): void {
  const [known] = namesakes(name, agents)
  if (!known) return
  throw new AppError(
    'conflict',
    `there is an agent "${known.name}" already (${shortId(known.id)}); use it, change it with "multica agent update", or take another name`,
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
