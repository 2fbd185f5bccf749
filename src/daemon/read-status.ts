import type {Settings} from '../settings/settings.js'
import {type AnyStatus, statusPaths} from './daemon-status.js'
import {fetchHealth} from './local-client.js'
import {findHolder, lockHolder, type ProcessStart} from './lock.js'

/** How the daemon of a profile is, from its own mouth if it runs. */
export async function readStatus(
  settings: Settings,
  processStart: ProcessStart,
): Promise<AnyStatus> {
  const holder = await findHolder(settings.stateDir, processStart)
  const known = {
    profile: settings.profile ?? null,
    server_url: settings.serverUrl,
    paths: statusPaths(settings),
  }
  if (!holder) return {status: 'stopped', ...known}
  const status = holder.port === undefined ? undefined : await fetchHealth(holder.port)
  if (status?.pid === holder.pid) return status
  return {status: 'not_responding', holder: lockHolder(holder), ...known}
}
