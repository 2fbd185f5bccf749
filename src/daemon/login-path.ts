import {execa} from 'execa'
import type {Environment} from '../settings/environment.js'

const SYSTEM = new Set(['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin', ''])
const MARK = '__multica_path__'
const LIMIT_MS = 3000

/**
 * The PATH for agents. A daemon that was started from a menu or by the system has only the system's
 * folders: then the user's login shell is asked for the rest, once and within 3 s (fault M10).
 * @returns the PATH as it is when it is rich enough or the shell does not answer
 */
export async function resolvePath(env: Environment): Promise<string> {
  const path = env.PATH ?? ''
  const shell = env.SHELL
  if (!shell || path.split(':').some((folder) => !SYSTEM.has(folder))) return path
  const result = await execa(shell, ['-ilc', `printf '%s%s%s' ${MARK} "$PATH" ${MARK}`], {
    env: {...env, TERM: 'dumb'},
    extendEnv: false,
    stdin: 'ignore',
    timeout: LIMIT_MS,
    forceKillAfterDelay: 200,
    reject: false,
    maxBuffer: 1_000_000,
  })
  // A shell's start files may print what they like around the answer.
  const found = result.stdout.split(MARK)[1]
  return found ? mergePaths(path, found) : path
}

/** The folders of both, each once, those of the first one in front. */
export function mergePaths(first: string, second: string): string {
  const folders = [...first.split(':'), ...second.split(':')].filter((folder) => folder !== '')
  return [...new Set(folders)].join(':')
}
