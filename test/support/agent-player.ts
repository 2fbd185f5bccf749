import type {
  AgentAdapter,
  AgentEvent,
  AgentExit,
  AgentIo,
  AgentRun,
} from '../../src/agents/adapter.js'

/** What a program of an agent does: the lines that it prints, and how it ends. */
export interface Played {
  lines: readonly string[]
  exit?: AgentExit
  stderr?: string
}

/** What came of a played program. */
export interface Playing {
  events: AgentEvent[]
  /** What the adapter wrote to the program. */
  written: string[]
  /** How many lines had been printed when the adapter closed the input; undefined when it did not. */
  inputEndedAt: number | undefined
}

/** Plays a program to an adapter: its lines, then its exit. */
export async function playAgent(
  adapter: AgentAdapter,
  {lines, exit = {code: 0, signal: null}, stderr = ''}: Played,
  run: Partial<AgentRun> = {},
): Promise<Playing> {
  const playing: Playing = {events: [], written: [], inputEndedAt: undefined}
  let printed = 0
  const io: AgentIo = {
    stdout: (async function* () {
      for (const line of lines) {
        printed++
        yield line
      }
    })(),
    write: async (text) => void playing.written.push(text),
    endInput: () => {
      playing.inputEndedAt ??= printed
    },
    exited: Promise.resolve(exit),
    stderrTail: () => stderr,
  }
  for await (const event of adapter.events(io, sampleRun(adapter, run))) playing.events.push(event)
  return playing
}

/** A run in which everything is allowed and nobody is there. */
export function sampleRun(adapter: AgentAdapter, run: Partial<AgentRun> = {}): AgentRun {
  return {
    prompt: 'do it',
    cwd: '/project',
    settings: {type: adapter.type, command: [adapter.type]},
    env: {},
    permissions: 'bypass',
    questions: false,
    ask: async ({kind}) => ({outcome: kind === 'permission' ? 'allow' : 'deny'}),
    ...run,
  }
}

/** Events as one line each, the pieces of a block together; for comparing and reading. */
export function describeEvents(events: readonly AgentEvent[]): string[] {
  const told: string[] = []
  let block = ''
  let pieces: string[] = []
  for (const event of events) {
    if (event.type === 'text' || event.type === 'thinking') {
      const key = `${event.type}${event.parentCallId ? ` of ${event.parentCallId}` : ''}`
      if (block !== `${key} ${event.block}`) pieces = []
      else told.pop()
      block = `${key} ${event.block}`
      pieces.push(event.text)
      const count = pieces.length > 1 ? ` in ${pieces.length} pieces` : ''
      told.push(`${key}${event.end ? '' : ' (open)'}${count}: ${pieces.join('')}`)
    } else if (event.type !== 'progress') told.push(describe(event))
  }
  return told
}

function describe(event: AgentEvent): string {
  const parent = 'parentCallId' in event && event.parentCallId ? ` of ${event.parentCallId}` : ''
  switch (event.type) {
    case 'session':
      return `session ${event.sessionId}${event.resumable ? ', resumable' : ''}`
    case 'tool_use':
      return `tool_use ${event.callId}${parent}: ${event.tool} ${JSON.stringify(event.input)}`
    case 'tool_result':
      return `tool_result ${event.callId}${parent}: ${event.tool}${event.isError ? ' failed' : ''}: ${event.output}`
    case 'usage':
      return `usage ${JSON.stringify(event.usage)}`
    case 'result':
      return event.outcome === 'completed'
        ? `completed: ${event.output}`
        : `failed${event.sessionRejected ? ', session rejected' : ''}: ${event.error}`
    case 'progress':
      return 'progress'
    default:
      return `${event.type}${parent}: ${event.text}`
  }
}
