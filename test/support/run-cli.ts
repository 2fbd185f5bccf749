import {type ChildProcess, spawn} from 'node:child_process'
import {fileURLToPath} from 'node:url'
import {endWithTests} from './ends-with-tests.js'

export const packageRoot = fileURLToPath(new URL('../../../', import.meta.url))
const program = `${packageRoot}bin/run.js`

export interface CliResult {
  code: number | null
  stdout: string
  stderr: string
}

export interface RunningCli {
  child: ChildProcess
  /** What has been written so far. */
  readonly stdout: string
  readonly stderr: string
  done: Promise<CliResult>
}

export interface CliOptions {
  home: string
  env?: Record<string, string>
  input?: string
  cwd?: string
  /** Longest time of the command; 0 for no limit. */
  limitMs?: number
}

/** Limit of one command in tests; a hanging one is killed and its test fails. */
const LIMIT_MS = 60_000

/** Starts the real command line in a process of its own, with an environment of its own. */
export function startCli(args: readonly string[], options: CliOptions): RunningCli {
  const child = endWithTests(
    spawn(process.execPath, [program, ...args], {
      env: {PATH: process.env.PATH, HOME: options.home, TZ: 'UTC', ...options.env},
      cwd: options.cwd ?? options.home,
      timeout: options.limitMs ?? LIMIT_MS,
      killSignal: 'SIGKILL',
    }),
  )
  const text = {stdout: '', stderr: ''}
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text.stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text.stderr += chunk
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input ?? '')
  const done = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({code, ...text}))
  })
  return {
    child,
    done,
    get stdout() {
      return text.stdout
    },
    get stderr() {
      return text.stderr
    },
  }
}

export const runCli = (args: readonly string[], options: CliOptions): Promise<CliResult> =>
  startCli(args, options).done
