import * as z from 'zod'
import type {AgentAdapter, AgentEvent, AgentRun} from './adapter.js'
import {CodexReader} from './codex-reader.js'
import {CodexUsage} from './codex-usage.js'
import {deathNote} from './death-note.js'

const ExecEvent = z.looseObject({
  type: z.string(),
  thread_id: z.string().optional(),
  item: z.record(z.string(), z.unknown()).optional(),
  usage: z.record(z.string(), z.unknown()).optional(),
  error: z.looseObject({message: z.string()}).optional(),
  message: z.string().optional(),
})
type ExecEvent = z.output<typeof ExecEvent>

/** Codex in its `exec --json` mode: for versions that have no app server. */
export const codexExec: AgentAdapter = {
  type: 'codex-exec',
  programs: [],
  // It ends its tools on SIGINT and leaves them behind on SIGTERM.
  stopSignal: 'SIGINT',
  showStderr: false,
  launch: (run) => ({argv: [...run.settings.command, ...argumentsOf(run)]}),
  async *events(io, run) {
    // The prompt is no argument: it would be seen in the process table and has a limit there.
    const written = io.write(run.prompt).then(() => io.endInput())
    const state = new ExecRun(run)
    for await (const line of io.stdout) yield* state.read(line)
    await written
    if (!state.finished) yield* deathNote('codex', io, /no rollout found/i)
  },
}

function argumentsOf({settings, resumeSessionId, permissions}: AgentRun): string[] {
  const access =
    permissions === 'ask'
      ? [
          '-c',
          'sandbox_mode="workspace-write"',
          '-c',
          'sandbox_workspace_write.network_access=true',
        ]
      : ['--dangerously-bypass-approvals-and-sandbox']
  return [
    'exec',
    ...(resumeSessionId === undefined ? [] : ['resume']),
    '--json',
    '--skip-git-repo-check',
    ...access,
    ...(settings.model ? ['--model', settings.model] : []),
    ...(settings.args ?? []),
    ...(resumeSessionId === undefined ? [] : [resumeSessionId]),
    '-',
  ]
}

class ExecRun {
  readonly #reader = new CodexReader()
  readonly #usage = new CodexUsage()
  readonly #isResumed: boolean
  #threadId = ''
  #sessionTold = false
  finished = false

  constructor(run: AgentRun) {
    this.#isResumed = run.resumeSessionId !== undefined
    this.#usage.model = run.settings.model
  }

  read(line: string): AgentEvent[] {
    if (line.trim() === '') return []
    const event = parse(line)
    if (!event) return [{type: 'status', text: line}]
    switch (event.type) {
      case 'thread.started':
        this.#threadId = event.thread_id ?? ''
        return [{type: 'session', sessionId: this.#threadId, resumable: false}]
      case 'item.started':
      case 'item.updated':
        return this.#reader.started(modern(event.item))
      case 'item.completed':
        return this.#completed(event)
      case 'turn.started':
        return [{type: 'progress'}]
      case 'turn.completed':
        return this.#end(event)
      case 'turn.failed':
        this.finished = true
        return [
          {
            type: 'result',
            outcome: 'failed',
            error: `codex: ${event.error?.message ?? 'the turn failed'}`,
          },
        ]
      case 'error':
        return [{type: 'status', text: event.message ?? 'an error'}]
      default:
        return this.#reader.strange.add(event.type, event)
    }
  }

  #completed(event: ExecEvent): AgentEvent[] {
    const events = this.#reader.completed(modern(event.item))
    if (this.#sessionTold || !this.#reader.acted) return events
    this.#sessionTold = true
    return [...events, {type: 'session', sessionId: this.#threadId, resumable: true}]
  }

  /** Its figures count the whole thread and name no part of it: those of a resumed run are not known. */
  #end({usage}: ExecEvent): AgentEvent[] {
    this.finished = true
    const told = usage && !this.#isResumed ? this.#usage.update({total: modern(usage)}) : undefined
    return [
      ...(told ? [{type: 'usage' as const, usage: told}] : []),
      {type: 'result', outcome: 'completed', output: this.#reader.lastText},
    ]
  }
}

/** The names of the app server for what `exec` calls by older ones. */
function modern(item: Record<string, unknown> | undefined): Record<string, unknown> {
  const renamed = Object.entries(item ?? {}).map(([key, value]) => [
    camel(key),
    key === 'type' && typeof value === 'string' ? camel(value) : value,
  ])
  return Object.fromEntries(renamed)
}

const camel = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

function parse(line: string): ExecEvent | undefined {
  try {
    const parsed = ExecEvent.safeParse(JSON.parse(line))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}
