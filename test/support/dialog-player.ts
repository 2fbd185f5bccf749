import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import type {
  AgentAdapter,
  AgentEvent,
  AgentExit,
  AgentIo,
  AgentRun,
} from '../../src/agents/adapter.js'
import {sampleRun} from './agent-player.js'
import {until} from './until.js'

/** A recorded dialogue, in its order: what was said to the agent, what it printed, and how it ended. */
export interface Recording {
  lines: ({in: string} | {out: string})[]
  exit: AgentExit
  stderr: string
}

const GOLDEN = 'test/golden/conformance'

export async function readRecording(agent: string, name: string): Promise<Recording> {
  const text = await readFile(join(GOLDEN, agent, `${name}.ndjson`), 'utf8')
  const recording: Recording = {lines: [], exit: {code: 0, signal: null}, stderr: ''}
  const asLine = (said: unknown) => (typeof said === 'string' ? said : JSON.stringify(said))
  for (const line of text.trimEnd().split('\n')) {
    const entry = JSON.parse(line)
    if ('exit' in entry) Object.assign(recording, entry)
    else if ('in' in entry) recording.lines.push({in: asLine(entry.in)})
    else recording.lines.push({out: asLine(entry.out)})
  }
  return recording
}

export interface Played {
  events: AgentEvent[]
  /** Lines that the adapter wrote. */
  written: string[]
  inputEnded: boolean
}

export interface PlayOptions {
  run?: Partial<AgentRun>
  /** The agent says nothing more after the recording, until the run is stopped. */
  hangs?: boolean
}

/** What a worker says to stop a turn: the player stops it where the recording did. */
const STOPS = /"(session\/cancel|turn\/interrupt)"|"subtype":"interrupt"/
/** How long a worker waits for an agent that is asked to stop. */
const INTERRUPT_MS = 300

/**
 * Plays a recorded agent: it prints its lines when it has been told what it was told then, so that an
 * adapter that says less than it did, or waits for more, does not get on.
 */
export async function playRecording(
  adapter: AgentAdapter,
  {lines, exit, stderr}: Recording,
  {run = {}, hangs = false}: PlayOptions = {},
): Promise<Played> {
  const played: Played = {events: [], written: [], inputEnded: false}
  const io: AgentIo = {
    stdout: print(),
    write: async (text) => void played.written.push(text),
    endInput: () => {
      played.inputEnded = true
    },
    exited: Promise.resolve(exit),
    stderrTail: () => stderr,
  }
  async function* print(): AsyncGenerator<string> {
    let heard = 0
    for (const line of lines) {
      if ('out' in line) {
        yield line.out
        continue
      }
      heard++
      if (STOPS.test(line.in)) void adapter.interrupt?.(io)
      await until(`it is told ${line.in.slice(0, 200)}`, () => played.written.length >= heard)
    }
    if (hangs) await Promise.race([adapter.interrupt?.(io), sleep(INTERRUPT_MS)])
  }
  for await (const event of adapter.events(io, sampleRun(adapter, run))) played.events.push(event)
  return played
}
