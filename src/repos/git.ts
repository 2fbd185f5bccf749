import {AppError} from '../errors.js'
import {withoutPassword} from './names.js'

/** Cloning a large repository over a slow line takes its time. */
const LIMIT_MS = 10 * 60_000
const MAX_OUTPUT = 64 * 1024 * 1024

/** Nobody can answer a question here, and no address may start a program. */
const ENVIRONMENT = {
  GIT_TERMINAL_PROMPT: '0',
  GIT_ALLOW_PROTOCOL: 'http:https:ssh:git:file',
  GIT_OPTIONAL_LOCKS: '0',
  LC_ALL: 'C',
}

export interface GitOptions {
  cwd: string
  /** What the machine's own environment is; a task's variables are not needed. */
  env?: Readonly<Record<string, string | undefined>> | undefined
  signal?: AbortSignal | undefined
}

/**
 * Runs git and gives what it printed, without the last line end.
 * @throws AppError with git's own words, passwords left out
 */
export async function git(args: readonly string[], options: GitOptions): Promise<string> {
  const env = options.env as Record<string, string> | undefined
  const late = AbortSignal.timeout(LIMIT_MS)
  const stop = options.signal ? AbortSignal.any([options.signal, late]) : late
  // Loaded late: a worker waits for its agent for hours before it needs this, if at all.
  const {execa} = await import('execa')
  const child = execa('git', args, {
    cwd: options.cwd,
    env: {
      GIT_SSH_COMMAND: env?.GIT_SSH_COMMAND ?? 'ssh -o BatchMode=yes',
      ...env,
      ...ENVIRONMENT,
    },
    ...(env && {extendEnv: false}),
    stdin: 'ignore',
    maxBuffer: MAX_OUTPUT,
    reject: false,
    cancelSignal: stop,
    forceKillAfterDelay: 2000,
    // A group of its own: git ends, and what it has started for a transfer lives on.
    detached: true,
  })
  const endGroup = () => signalGroup(child.pid)
  stop.addEventListener('abort', endGroup, {once: true})
  const result = await child.finally(() => stop.removeEventListener('abort', endGroup))
  if (!result.failed) return result.stdout
  if (options.signal?.aborted) throw new AppError('unavailable', 'git was stopped')
  const words = result.stderr?.trim().split('\n').slice(-6).join('\n')
  const why =
    words || (result.isCanceled ? `no answer in ${LIMIT_MS / 60_000} min` : result.message)
  throw new AppError('unavailable', withoutPassword(`git ${args[0]} failed: ${why}`))
}

function signalGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGTERM')
  } catch {
    // It has ended by itself, or this system knows no groups.
  }
}

/** The same for questions to which "no" is an answer: undefined when git says no. */
export async function tryGit(
  args: readonly string[],
  options: GitOptions,
): Promise<string | undefined> {
  try {
    return await git(args, options)
  } catch {
    return undefined
  }
}
