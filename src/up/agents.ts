import type {Api} from '../client/api.js'
import type {Agent} from '../protocol/agent.js'

/**
 * Makes sure that every runtime of this machine has an agent that can be put on issues. An agent
 * takes its runtime's provider as its name, with a number when that is taken.
 * @returns the agents of these runtimes, old and new
 */
export async function ensureAgents(api: Api, runtimeIds: readonly string[]): Promise<Agent[]> {
  const [runtimes, agents] = await Promise.all([api.runtimes(), api.agents()])
  const mine = runtimes.filter((runtime) => runtimeIds.includes(runtime.id))
  const names = agents.map(({name}) => name)
  return Promise.all(
    mine.map((runtime) => {
      const known = agents.find((agent) => agent.runtime_id === runtime.id)
      if (known) return known
      const name = freeName(runtime.provider, names)
      names.push(name)
      return api.createAgent({name, runtime_id: runtime.id})
    }),
  )
}

/** `claude`, else `claude-2` and so on: issues are assigned by name. */
function freeName(wanted: string, names: readonly string[]): string {
  const taken = new Set(names.map((name) => name.toLowerCase()))
  let name = wanted
  for (let number = 2; taken.has(name.toLowerCase()); number++) name = `${wanted}-${number}`
  return name
}
