import {homedir} from 'node:os'
import {resolvePath} from '../daemon/login-path.js'
import {
  type ServiceDescription,
  type ServiceManager,
  serviceManager,
} from '../daemon/service/service-manager.js'
import {AppError} from '../errors.js'
import {type DaemonFlags, flagsToArgv} from '../settings/daemon-settings.js'
import {type Environment, readVariable} from '../settings/environment.js'
import type {Settings} from '../settings/settings.js'
import {stableNode} from '../settings/stable-node.js'

/** Variables that a service gets from the terminal in which it is installed. */
const KEPT =
  /^(MULTICA_(?!TOKEN$|TASK_|AGENT_ID$|AGENT_NAME$|ISSUE_|WORKSPACE_ID$|DAEMON_PORT$)\w+|https?_proxy|no_proxy|HTTPS?_PROXY|NO_PROXY|CODEX_HOME|CLAUDE_CONFIG_DIR|SSH_AUTH_SOCK|LANG|LOG_LEVEL)$/

/** This machine's service manager, for the daemon of a profile. */
export function managerOf({profile}: Settings, env: Environment): ServiceManager {
  return serviceManager({
    platform: process.platform,
    profile,
    userHome: readVariable(env, 'HOME') ?? homedir(),
    configHome: readVariable(env, 'XDG_CONFIG_HOME'),
    uid: process.getuid?.() ?? 0,
  })
}

/**
 * What the service is to run: this command line, with the PATH of the login shell, because a service has
 * almost none (fault M10), and by names that survive upgrades (fault D8).
 * @throws AppError when the token is only in the environment: a service's file is no place for it
 */
export async function describeService(
  settings: Settings,
  flags: DaemonFlags,
  env: Environment,
): Promise<ServiceDescription> {
  const {serverUrl, profile, logPath, tokenSource} = settings
  if (tokenSource === 'MULTICA_TOKEN') {
    const text = 'a service cannot read MULTICA_TOKEN; run "multica login" without it first'
    throw new AppError('unauthorized', text)
  }
  const place = ['--server-url', serverUrl, ...(profile ? ['--profile', profile] : [])]
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] => KEPT.test(entry[0]) && entry[1] !== undefined,
  )
  return {
    title: profile === undefined ? 'multica daemon' : `multica daemon (${profile})`,
    argv: [
      stableNode(env),
      process.argv[1] ?? '',
      ...['daemon', 'start', '--foreground', '--log-file', logPath, '--service'],
      ...place,
      ...flagsToArgv(flags),
    ],
    env: {...Object.fromEntries(kept), PATH: await resolvePath(env)},
    logPath,
  }
}
