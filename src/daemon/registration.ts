import type {AgentSettings} from '../agents/adapter.js'
import type {RegisterBody} from '../protocol/runtime.js'

/** An agent that can be run here. */
export interface RuntimeAgent {
  /** `claude`, or the name of an entry of agents.json. */
  provider: string
  settings: AgentSettings
  /** What `--version` said; empty when the program tells none. */
  version: string
}

/** Body of `register` for one workspace (contract §1.2); `task_tokens` announces stream §3 and §7. */
export function registration(
  workspaceId: string,
  identity: {daemonId: string; deviceName: string; runtimeName: string | undefined},
  agents: RuntimeAgent[],
): RegisterBody {
  return {
    workspace_id: workspaceId,
    daemon_id: identity.daemonId,
    device_name: identity.deviceName,
    task_tokens: true,
    runtimes: agents.map(({provider, version}) => ({
      name: `${identity.runtimeName ?? capitalise(provider)} (${identity.deviceName})`,
      type: provider,
      version,
      status: 'online',
    })),
  }
}

const capitalise = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)
