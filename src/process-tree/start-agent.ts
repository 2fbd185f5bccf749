import {type ChildProcessWithoutNullStreams, spawn} from 'node:child_process'
import {once} from 'node:events'
import {setTimeout as sleep} from 'node:timers/promises'
import type {AgentExit, AgentIo, AgentRun, LaunchSpec} from '../agents/adapter.js'
import {AppError} from '../errors.js'
import {endOutput} from './end-output.js'
import {readLines} from './lines.js'
import {processStartTime} from './process-table.js'

/** How much of standard error is kept for error texts. */
const STDERR_TAIL_BYTES = 64 * 1024
/** How long the last words on standard error may take after the exit. */
const STDERR_JOIN_MS = 500

export interface AgentProcess {
  io: AgentIo
  pid: number
  /** Start time of the process, to tell it from a later one with the same pid. */
  start: string | undefined
  /** Closes the pipes, so that a descendant that holds them cannot hold the worker (fault E1). */
  closePipes(): void
}

export interface StartOptions {
  /** Called for each line of standard error as it comes. */
  onStderrLine?: (line: string) => void
  /** From the exit of the program to the end of its output at the latest. 10 s by default. */
  aftermathMs?: number
}

/**
 * Starts an agent in a process group of its own, with pipes on all three streams. Plain `spawn`: the
 * streams are read with our own limits, and the tree is ended by our own rules.
 * @throws AppError naming the program when it cannot be started
 */
export async function startAgent(
  launch: LaunchSpec,
  run: Pick<AgentRun, 'cwd' | 'env'>,
  options: StartOptions = {},
): Promise<AgentProcess> {
  const [program = '', ...args] = launch.argv
  const child = spawn(program, args, {
    cwd: run.cwd,
    env: {...run.env, ...launch.env},
    detached: process.platform !== 'win32',
    windowsHide: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  try {
    await once(child, 'spawn')
  } catch (error) {
    throw startError(program, run.cwd, error as NodeJS.ErrnoException)
  }
  // Node throws away what a program has said when it exits before anybody listens (node #5036).
  child.stdout.on('readable', () => {})
  const pid = child.pid as number
  const stderr = collectStderr(child, options.onStderrLine)
  child.stdin.on('error', () => undefined)
  const exited = new Promise<AgentExit>((resolve) => {
    child.once('exit', async (code, signal) => {
      void endOutput(child.stdout, options.aftermathMs)
      // What the program said last is the reason of its end (fault G4).
      await Promise.race([stderr.done, sleep(STDERR_JOIN_MS, undefined, {ref: false})])
      resolve({code, signal})
    })
  })
  return {
    pid,
    start: await processStartTime(pid),
    io: {
      stdout: readLines(child.stdout),
      write: (text) => write(child, text),
      endInput: () => child.stdin.end(),
      exited,
      stderrTail: stderr.tail,
    },
    closePipes() {
      child.stdin.destroy()
      child.stdout.destroy()
      child.stderr.destroy()
    },
  }
}

function startError(program: string, cwd: string, error: NodeJS.ErrnoException): AppError {
  const why =
    error.code === 'ENOENT'
      ? `not found (or the folder ${cwd} is gone); install it or correct agents.json`
      : error.code === 'EACCES'
        ? 'it is not executable'
        : error.code === 'ENOEXEC'
          ? 'it is no program of this system; install it again'
          : error.message
  return new AppError('internal', `cannot start ${program}: ${why}`, {cause: error})
}

/** Reads standard error to its end, whatever comes: a full pipe would stop the agent (fault D6). */
function collectStderr(
  child: ChildProcessWithoutNullStreams,
  onLine: ((line: string) => void) | undefined,
): {tail: () => string; done: Promise<void>} {
  let tail = ''
  const collect = async () => {
    for await (const line of readLines(child.stderr)) {
      tail = `${tail}${line}\n`.slice(-STDERR_TAIL_BYTES)
      onLine?.(line)
    }
  }
  return {tail: () => tail.trim(), done: collect().catch(() => undefined)}
}

/** Resolves when the program has taken the text or is gone: one that reads no input is no error. */
function write(child: ChildProcessWithoutNullStreams, text: string): Promise<void> {
  return new Promise((resolve) => {
    if (child.stdin.destroyed || child.stdin.writableEnded) return resolve()
    const done = () => {
      child.stdin.off('close', done)
      resolve()
    }
    child.stdin.once('close', done)
    child.stdin.write(text, done)
  })
}
