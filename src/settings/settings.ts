import {invalid} from '../errors.js'
import {type ConfigFile, openConfig} from './config-file.js'
import {type Environment, readVariable} from './environment.js'
import {type Paths, requireKnownProfile, resolvePaths} from './paths.js'
import {normaliseServerUrl} from './server-url.js'

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

export const DEFAULT_SERVER_URL = 'http://localhost:8080'

/** The global flags, as given on the command line; undefined = not given (contract §4.1). */
export interface GlobalFlags {
  'server-url'?: string | undefined
  'workspace-id'?: string | undefined
}

/** What every command knows about where it works. */
export interface Settings extends Paths {
  profile: string | undefined
  serverUrl: string
  /** Base of the pages for people; the server itself unless it is set. */
  appUrl: string
  token: string | undefined
  tokenSource: 'MULTICA_TOKEN' | 'config' | undefined
  /** A UUID or a slug. */
  workspaceId: string | undefined
  logLevel: string
  /** Set inside a task only: the agent that runs this command. */
  agentId: string | undefined
  taskId: string | undefined
}

export interface SettingsSources {
  profile?: string | undefined
  flags?: GlobalFlags
  env: Environment
  /** For commands that make a profile, such as `login`; others refuse an unknown one. */
  allowNewProfile?: boolean
}

/** Flag, then variable, then config file, then default. @throws AppError naming what is wrong */
export function readSettings(sources: SettingsSources): Settings {
  const {profile, flags = {}, env, allowNewProfile = false} = sources
  const paths = resolvePaths(profile, env)
  if (profile !== undefined && !allowNewProfile) requireKnownProfile(profile, env)
  return resolveSettings({profile, paths, flags, env, file: openConfig(profile, env).read()})
}

export interface SettingsInput {
  profile: string | undefined
  paths: Paths
  flags: GlobalFlags
  env: Environment
  file: ConfigFile
}

/** `readSettings` without the disk. */
export function resolveSettings({profile, paths, flags, env, file}: SettingsInput): Settings {
  const server = choose(flags['server-url'], 'MULTICA_SERVER_URL', env, file.server_url)
  const serverUrl = server
    ? normaliseServerUrl(server.value, server.name ?? '--server-url or server_url of the config')
    : DEFAULT_SERVER_URL
  const appUrl = readVariable(env, 'MULTICA_APP_URL') ?? file.app_url?.trim()
  const variable = readVariable(env, 'MULTICA_TOKEN')
  const token = variable ?? (file.token?.trim() || undefined)
  return {
    ...paths,
    profile,
    serverUrl,
    appUrl: appUrl ? appUrl.replace(/\/+$/, '') : serverUrl,
    token,
    tokenSource: variable ? 'MULTICA_TOKEN' : token ? 'config' : undefined,
    workspaceId: choose(flags['workspace-id'], 'MULTICA_WORKSPACE_ID', env, file.workspace_id)
      ?.value,
    logLevel: logLevel(env),
    agentId: readVariable(env, 'MULTICA_AGENT_ID'),
    taskId: readVariable(env, 'MULTICA_TASK_ID'),
  }
}

function logLevel(env: Environment): string {
  const level = readVariable(env, 'LOG_LEVEL') ?? 'info'
  if (!LOG_LEVELS.includes(level)) {
    throw invalid(`LOG_LEVEL: "${level}" must be one of ${LOG_LEVELS.join(', ')}`, 'LOG_LEVEL')
  }
  return level
}

/** An explicitly empty flag skips the variable and falls through to the file (contract §4.1). */
function choose(
  flag: string | undefined,
  variable: string,
  env: Environment,
  inFile: string | undefined,
): {value: string; name?: string} | undefined {
  if (flag?.trim()) return {value: flag.trim()}
  const value = flag === undefined ? readVariable(env, variable) : undefined
  if (value) return {value, name: variable}
  return inFile?.trim() ? {value: inFile.trim()} : undefined
}
