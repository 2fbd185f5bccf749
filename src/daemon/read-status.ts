import type {Settings} from '../settings/settings.js'
import type {AnyStatus} from './daemon-status.js'
import {fetchHealth} from './local-client.js'
import {findHolder, type ProcessStart} from './lock.js'

/** How the daemon of a profile is, from its own mouth if it runs. */
export async function readStatus(
  settings: Settings,
  processStart: ProcessStart,
): Promise<AnyStatus> {
  const holder = await findHolder(settings.stateDir, processStart)
  const known = {
    profile: settings.profile ?? null,
    server_url: settings.serverUrl,
    paths: {
      config: settings.configPath,
      agents: settings.agentsPath,
      state: settings.stateDir,
      log: settings.logPath,
      workspaces_root: settings.workspacesRoot,
    },
  }
  if (!holder) return {status: 'stopped', ...known}
  const status = holder.port === undefined ? undefined : await fetchHealth(holder.port)
  return status?.pid === holder.pid ? status : {status: 'not_responding', holder, ...known}
}
