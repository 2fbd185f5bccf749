import type {Api} from '../client/api.js'
import type {Agent} from '../protocol/agent.js'
import type {Runtime} from '../protocol/runtime.js'

/**
 * Makes sure that every runtime of this machine has an agent that can be put on issues. An agent
 * takes its runtime's provider as its name.
 * @returns the agents of these runtimes, old and new
 */
export async function ensureAgents(api: Api, runtimeIds: readonly string[]): Promise<Agent[]> {
  const [runtimes, agents] = await Promise.all([api.runtimes(), api.agents()])
  const mine = runtimes.filter((runtime) => runtimeIds.includes(runtime.id))
  return Promise.all(
    mine.map(
      (runtime) => agents.find((agent) => agent.runtime_id === runtime.id) ?? create(api, runtime),
    ),
  )
}

function create(api: Api, runtime: Runtime): Promise<Agent> {
  return api.createAgent({name: runtime.provider, runtime_id: runtime.id})
}
