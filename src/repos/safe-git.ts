import {AppError} from '../errors.js'

/** Longest that one question to git may take. */
const LIMIT_MS = 10_000

export interface SafeGitOptions {
  cwd: string
  /** Only PATH is taken over from the machine's environment. */
  env: Readonly<Record<string, string | undefined>>
  /** Added to git's environment. */
  gitEnv?: Record<string, string>
  signal?: AbortSignal | undefined
  /** Bytes of output after which git is stopped. */
  maxBytes?: number
  input?: string
}

export interface SafeGitOutput {
  bytes: Buffer
  /** There was more than `maxBytes`. */
  cut: boolean
}

const MAX_BYTES = 4 * 1024 * 1024

/** What a repository's own settings could have git start, and what would ask somebody. */
const SETTINGS = [
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'core.untrackedCache=false',
  'core.quotePath=false',
  'log.showSignature=false',
  'protocol.allow=never',
].flatMap((setting) => ['-c', setting])

/** Neither the machine's nor the user's settings, no questions, no locks, no network. */
const ENVIRONMENT = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_NO_LAZY_FETCH: '1',
  GIT_LITERAL_PATHSPECS: '1',
  LC_ALL: 'C',
}

/**
 * Asks git about a repository that somebody else has filled: within a time limit, with bounded output,
 * and with nothing started that its settings name.
 * @throws AppError with git's own words
 */
export async function safeGit(
  args: readonly string[],
  options: SafeGitOptions,
): Promise<SafeGitOutput> {
  const {cwd, env, gitEnv, signal, input, maxBytes = MAX_BYTES} = options
  // Loaded late: a worker waits for its agent for hours before it needs this, if at all.
  const {execa} = await import('execa')
  const result = await execa('git', ['--no-pager', ...SETTINGS, ...args], {
    cwd,
    env: {...(env.PATH !== undefined && {PATH: env.PATH}), ...ENVIRONMENT, ...gitEnv},
    extendEnv: false,
    encoding: 'buffer',
    stripFinalNewline: false,
    timeout: LIMIT_MS,
    maxBuffer: maxBytes,
    reject: false,
    ...(input === undefined ? {stdin: 'ignore' as const} : {input}),
    ...(signal && {cancelSignal: signal, forceKillAfterDelay: 1000}),
  })
  const bytes = Buffer.from(result.stdout ?? [])
  if (result.isMaxBuffer) return {bytes, cut: true}
  if (!result.failed) return {bytes, cut: false}
  const words = Buffer.from(result.stderr ?? [])
    .toString('utf8')
    .trim()
    .split('\n')
    .slice(-3)
    .join('\n')
  const late = result.timedOut || result.isCanceled
  throw new AppError(
    'unavailable',
    `git ${args[0]}: ${late ? 'no answer in time' : words || result.message}`,
  )
}

/** The same as text, without the last line end. */
export async function safeGitText(
  args: readonly string[],
  options: SafeGitOptions,
): Promise<string> {
  const {bytes} = await safeGit(args, options)
  return bytes.toString('utf8').replace(/\n$/, '')
}

/** For questions to which "no" is an answer. */
export async function trySafeGit(
  args: readonly string[],
  options: SafeGitOptions,
): Promise<string | undefined> {
  return safeGitText(args, options).catch(() => undefined)
}
