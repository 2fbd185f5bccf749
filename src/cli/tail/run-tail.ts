import {Flags} from '@oclif/core'
import type {Api} from '../../client/api.js'
import {parseDuration} from '../../settings/duration.js'
import {Interruption, TimeoutPassed} from '../exit-codes.js'
import {createNotes} from '../notes.js'
import {
  createJsonView,
  createLinesView,
  createRawView,
  type TailView,
} from '../transcript/tail-view.js'
import {wantsColour, writeOut} from '../write-out.js'
import {createConnectionNotes} from './connection-notes.js'
import {patiently} from './find-task.js'
import {tailTask} from './tail-task.js'

/** Flags of every command that follows a run. */
export const followFlags = {
  timeout: Flags.string({description: 'stop waiting after this time, exit code 124 (10m, 90s)'}),
  timestamps: Flags.boolean({description: 'show when each line was said', default: false}),
  color: Flags.boolean({
    description: 'use colours; on a terminal they are, unless NO_COLOR is set',
    default: true,
    allowNo: true,
  }),
}

export interface FollowChoice {
  timeout: string | undefined
  timestamps: boolean
  color: boolean
}

export interface RunTailOptions {
  named: string
  flags: FollowChoice
  format: 'lines' | 'json' | 'raw'
  since?: number | undefined
  tail?: number | undefined
  follow?: boolean
  retry?: boolean
  /** When `--timeout` has passed, for a command that has waited before; else it counts from here. */
  deadline?: number | undefined
  signal: AbortSignal
}

/** When `--timeout` will have passed, by `performance.now()`; undefined without it. */
export function deadlineOf({timeout}: FollowChoice): number | undefined {
  return timeout === undefined ? undefined : performance.now() + parseDuration(timeout, '--timeout')
}

/** Awaits a first answer of the server with a tail's patience: for ever, or until `--timeout` has passed. */
export async function awaitServer<T>(
  call: () => Promise<T>,
  options: {deadline: number | undefined; retry: boolean; signal: AbortSignal},
): Promise<T> {
  const {deadline, retry, signal} = options
  const connection = createConnectionNotes(createNotes(() => ''))
  const deadlineMs = msUntil(deadline)
  const onRetry = (error: unknown) => connection.onState({state: 'waiting', error})
  try {
    return await patiently(call, {signal, retry, deadlineMs, onRetry})
  } finally {
    connection.stop()
  }
}

const msUntil = (deadline: number | undefined): number | undefined =>
  deadline === undefined ? undefined : Math.max(1, deadline - performance.now())

/** Shows a run on standard output until it ends. @returns the exit code (design §5) */
export async function runTail(api: Api, options: RunTailOptions): Promise<number> {
  const {flags, signal, named} = options
  const {timeout} = flags
  const timeoutMs = msUntil(options.deadline ?? deadlineOf(flags))
  const view = createView(options)
  const notes = createNotes(() => (process.stderr.isTTY ? view.breakLine() : ''))
  let seen: {taskId: string; seq: number} | undefined
  try {
    return await tailTask(api, {
      named,
      since: options.since ?? 0,
      tail: options.tail,
      follow: options.follow ?? true,
      timeoutMs,
      retry: options.retry ?? true,
      view,
      notes,
      write: async (text) => {
        // A line that waits must not be left behind on the screen.
        if (text !== '') notes.done()
        await writeOut(text, signal)
      },
      signal,
      onSeq: (taskId, seq) => {
        seen = {taskId, seq}
      },
    })
  } catch (error) {
    const again = `multica task tail ${seen ? `${seen.taskId} --since ${seen.seq}` : named}`
    if (error instanceof TimeoutPassed) {
      throw new TimeoutPassed(`${timeout} passed and the run goes on; follow it with: ${again}`)
    }
    if (error instanceof Interruption && error.exitCode !== 0) {
      notes.say(`${error.message}; the run goes on. Follow it with: ${again}`)
    }
    throw error
  }
}

function createView({format, flags}: RunTailOptions): TailView {
  const terminal = process.stdout.isTTY === true
  if (format === 'json') return createJsonView()
  if (format === 'raw') return createRawView({terminal})
  return createLinesView({
    colour: wantsColour(flags.color),
    timestamps: flags.timestamps,
    wholeLines: !terminal,
  })
}
