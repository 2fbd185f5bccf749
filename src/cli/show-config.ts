import type {Config} from '../settings/config-file.js'

const UNSET = '(not set)'

/** The settings of a profile, a line each; never the token (contract §4.5). */
export function formatConfig(config: Config, profile: string | undefined): string {
  const {server_url, app_url, workspace_id} = config.read()
  return [
    `Config file:   ${config.path}`,
    ...(profile === undefined ? [] : [`Profile:       ${profile}`]),
    `server_url:    ${server_url ?? UNSET}`,
    `app_url:       ${app_url ?? UNSET}`,
    `workspace_id:  ${workspace_id ?? UNSET}`,
  ].join('\n')
}
