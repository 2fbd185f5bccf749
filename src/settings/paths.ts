import {readdirSync} from 'node:fs'
import {homedir} from 'node:os'
import {join, resolve} from 'node:path'
import {AppError, invalid} from '../errors.js'
import {type Environment, readVariable} from './environment.js'

/** Where everything of one profile lies (contract §4.2, §4.6, §4.7). All paths are absolute. */
export interface Paths {
  /** `~/.multica`, or MULTICA_HOME. */
  home: string
  /** `home`, or the profile's folder in it. */
  profileDir: string
  configPath: string
  agentsPath: string
  /** The daemon's state: lock, state.json, task folders, the shim of the command line. */
  stateDir: string
  logPath: string
  pidPath: string
  workspacesRoot: string
}

/** Letters, digits, `.`, `_`, `-`, because the name becomes part of paths (contract §5.16). */
const PROFILE = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}$/

/** @param profile undefined for the default one */
export function resolvePaths(profile: string | undefined, env: Environment): Paths {
  if (profile !== undefined && !PROFILE.test(profile)) {
    throw invalid(`profile "${profile}" may have letters, digits, ".", "_" and "-" only`, 'profile')
  }
  const custom = readVariable(env, 'MULTICA_HOME')
  const userHome = readVariable(env, 'HOME') ?? homedir()
  const home = custom === undefined ? join(userHome, '.multica') : resolve(custom)
  const profileDir = profile === undefined ? home : join(home, 'profiles', profile)
  const works = profile === undefined ? 'multica_workspaces' : `multica_workspaces_${profile}`
  const root = readVariable(env, 'MULTICA_WORKSPACES_ROOT')
  return {
    home,
    profileDir,
    configPath: join(profileDir, 'config.json'),
    agentsPath: join(home, 'agents.json'),
    stateDir: join(profileDir, 'daemon'),
    logPath: join(profileDir, 'daemon.log'),
    pidPath: join(profileDir, 'daemon.pid'),
    // A home of one's own keeps everything together, so that it can be removed with one folder.
    workspacesRoot: root ? resolve(root) : join(custom === undefined ? userHome : home, works),
  }
}

/** Profiles that have a folder, by name. */
export function knownProfiles(env: Environment): string[] {
  const folder = join(resolvePaths(undefined, env).home, 'profiles')
  try {
    const entries = readdirSync(folder, {withFileTypes: true})
    return entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort()
  } catch {
    return []
  }
}

/** The state folders of the daemons of every profile. */
export function allStateDirs(env: Environment): string[] {
  const {home, stateDir} = resolvePaths(undefined, env)
  return [stateDir, ...knownProfiles(env).map((name) => join(home, 'profiles', name, 'daemon'))]
}

/** Refuses a mistyped `--profile` and lists the known ones (fault L2). */
export function requireKnownProfile(profile: string, env: Environment): void {
  const known = knownProfiles(env)
  if (known.includes(profile)) return
  const list = known.length === 0 ? 'there is none yet' : `known ones: ${known.join(', ')}`
  const fix = `"multica login --profile ${profile}" makes it`
  throw new AppError('not_found', `unknown profile "${profile}": ${list}; ${fix}`)
}
