import type {ConfigFile} from '../settings/config-file.js'
import {normaliseServerUrl} from '../settings/server-url.js'
import type {Settings} from '../settings/settings.js'

/** The token for a server: the config's is for the server of the config alone. */
export function tokenFor(
  {token, tokenSource, serverUrl}: Pick<Settings, 'token' | 'tokenSource' | 'serverUrl'>,
  file: ConfigFile,
): string | undefined {
  return tokenSource === 'config' && !belongsToServer(file, serverUrl) ? undefined : token
}

/**
 * Whether a config is about this server. A daemon that a flag has pointed elsewhere must neither send
 * the config's token there nor write another server's workspaces into it.
 */
export function belongsToServer(file: ConfigFile, serverUrl: string): boolean {
  if (file.server_url === undefined) return true
  try {
    return normaliseServerUrl(file.server_url, 'server_url') === serverUrl
  } catch {
    return false
  }
}
