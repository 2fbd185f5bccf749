import type {AgentSettings} from '../agents/adapter.js'
import {AppError} from '../errors.js'
import type {Log} from '../log.js'
import type {RuntimeAgent} from './registration.js'

export interface CatalogOptions {
  /** Looks for agents on this machine; each program has a time limit of its own (fault B23). */
  detect(signal: AbortSignal): Promise<{agents: RuntimeAgent[]; problems: string[]}>
  /** Agents that the caller brings along; they win over what is found. */
  extra: Record<string, AgentSettings>
  log: Log
}

/** The agents that can be run here. Those that come are added, none is taken away (fault D10). */
export class AgentCatalog {
  readonly #options: CatalogOptions
  readonly #agents = new Map<string, RuntimeAgent>()
  /** Why something that the user asked for cannot be run: sentences for people. */
  problems: string[] = []

  constructor(options: CatalogOptions) {
    this.#options = options
  }

  list(): RuntimeAgent[] {
    return [...this.#agents.values()]
  }

  find(provider: string): RuntimeAgent | undefined {
    return this.#agents.get(provider)
  }

  /** Looks again. @returns whether a runtime has to be registered anew */
  async refresh(signal: AbortSignal): Promise<boolean> {
    const found = await this.#options.detect(signal)
    this.#noteProblems(found.problems)
    const extra = Object.entries(this.#options.extra).map(([provider, settings]) => ({
      provider,
      settings,
      version: '',
    }))
    let changed = false
    for (const agent of [...found.agents, ...extra]) {
      const known = this.#agents.get(agent.provider)
      // Settings may change without a new registration; the next task gets them (fault D9).
      this.#agents.set(agent.provider, agent)
      if (known?.version === agent.version) continue
      changed = true
      const {provider, version, settings} = agent
      this.#options.log.info({event: 'agent_found', provider, version, command: settings.command})
    }
    return changed
  }

  /** Each one is logged when it comes, not at every look. */
  #noteProblems(problems: string[]): void {
    for (const problem of problems) {
      if (!this.problems.includes(problem))
        this.#options.log.warn({event: 'agent_problem', problem})
    }
    this.problems = problems
  }
}

/** The sentence for a machine without any agent. */
export function noAgent(agentsPath: string, problems: string[]): AppError {
  const fix = 'install claude (npm install -g @anthropic-ai/claude-code), or describe a program'
  const found = problems.length === 0 ? '' : ` (${problems.join('; ')})`
  return new AppError('invalid', `no agent to run: ${fix} of your own in ${agentsPath}${found}`)
}
