import type {AgentAdapter, AgentIo, AgentRun} from './adapter.js'
import {ClaudeSession} from './claude-session.js'
import {deathNote} from './death-note.js'

/** The sessions that run, by their streams: messages and stops find their own. */
const sessions = new WeakMap<AgentIo, ClaudeSession>()

/** Arguments that belong to the protocol, and how many values each has: those of a user are left out. */
const OURS: ReadonlyMap<string, number> = new Map([
  ['-p', 0],
  ['--print', 0],
  ['--verbose', 0],
  ['-c', 0],
  ['--continue', 0],
  ['--include-partial-messages', 0],
  ['--output-format', 1],
  ['--input-format', 1],
  ['-r', 1],
  ['--resume', 1],
  ['--session-id', 1],
])

/** Claude Code in its stream-json mode (contract §6.2). */
export const claude: AgentAdapter = {
  type: 'claude',
  programs: ['claude'],
  // Its tools live in sessions of their own; on SIGINT it ends them itself.
  stopSignal: 'SIGINT',
  limitsCosts: true,
  showStderr: false,
  launch: (run) => ({
    argv: [...run.settings.command, ...argumentsOf(run)],
    // Root may bypass permissions only in what calls itself a sandbox.
    ...(process.getuid?.() === 0 && {env: {IS_SANDBOX: '1'}}),
  }),
  async *events(io, run) {
    const session = new ClaudeSession(io, run)
    sessions.set(io, session)
    session.begin(run.prompt)
    for await (const line of io.stdout) yield* session.receive(line)
    yield* session.end()
    await session.written()
    if (!session.finished)
      yield* deathNote('claude', io, run.resumeSessionId ? NO_SESSION : undefined)
  },
  say: async (io, text) => (await sessions.get(io)?.say(text)) ?? false,
  async interrupt(io) {
    const request = {type: 'control_request', request_id: 'stop', request: {subtype: 'interrupt'}}
    await io.write(`${JSON.stringify(request)}\n`)
  },
}

const NO_SESSION = /no conversation found/i

function argumentsOf(run: AgentRun): string[] {
  const {settings} = run
  return [
    '-p',
    '--output-format',
    'stream-json',
    '--input-format',
    'stream-json',
    '--verbose',
    '--include-partial-messages',
    ...(run.permissions === 'bypass'
      ? ['--permission-mode', 'bypassPermissions']
      : ['--permission-mode', 'default']),
    // Questions and permissions come as control requests.
    ...(run.permissions === 'bypass' && !run.questions
      ? []
      : ['--permission-prompt-tool', 'stdio']),
    // Nobody is there to answer (fault E7).
    ...(run.questions ? [] : ['--disallowedTools', 'AskUserQuestion']),
    ...(settings.model ? ['--model', settings.model] : []),
    ...(run.maxTurns ? ['--max-turns', String(run.maxTurns)] : []),
    ...(run.resumeSessionId ? ['--resume', run.resumeSessionId] : []),
    ...usersArguments(settings.args ?? []),
    // It knows its costs while it works, and tells them at the end.
    ...(run.maxCostUsd ? ['--max-budget-usd', String(run.maxCostUsd)] : []),
  ]
}

function usersArguments(given: readonly string[]): string[] {
  const kept: string[] = []
  for (let at = 0; at < given.length; at++) {
    const argument = given[at] as string
    const values = OURS.get(argument.replace(/=.*/s, ''))
    if (values === undefined) kept.push(argument)
    else if (!argument.includes('=') && !given[at + 1]?.startsWith('-')) at += values
  }
  return kept
}
