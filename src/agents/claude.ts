import type {AgentAdapter, AgentEvent, AgentIo, AgentRun} from './adapter.js'
import {type ClaudeEvent, parseClaudeLine} from './claude-events.js'
import {ClaudeReader} from './claude-reader.js'

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
  showStderr: false,
  launch: (run) => ({
    argv: [...run.settings.command, ...argumentsOf(run)],
    // Root may bypass permissions only in what calls itself a sandbox.
    ...(process.getuid?.() === 0 && {env: {IS_SANDBOX: '1'}}),
  }),
  async *events(io, run) {
    // Written beside the reading, and the input stays open for control requests until the result.
    const written = io.write(line(userMessage(run.prompt)))
    const reader = new ClaudeReader(run.resumeSessionId)
    let finished = false
    for await (const text of io.stdout) {
      if (text.trim() === '') continue
      const event = parseClaudeLine(text)
      if (!event) {
        yield {type: 'status', text}
        continue
      }
      if (event.type === 'control_request') {
        await answer(io, event)
        yield {type: 'progress'}
        continue
      }
      yield* reader.read(event)
      if (event.type !== 'result') continue
      finished = true
      io.endInput()
    }
    await written
    if (!finished) yield* deathNote(io, run)
  },
  async interrupt(io) {
    const request = {type: 'control_request', request_id: 'stop', request: {subtype: 'interrupt'}}
    await io.write(line(request))
  },
}

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
    '--permission-mode',
    'bypassPermissions',
    // Nobody is there to answer (fault E7).
    '--disallowedTools',
    'AskUserQuestion',
    ...(settings.model ? ['--model', settings.model] : []),
    ...(run.maxTurns ? ['--max-turns', String(run.maxTurns)] : []),
    ...(run.resumeSessionId ? ['--resume', run.resumeSessionId] : []),
    ...usersArguments(settings.args ?? []),
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

const line = (message: unknown): string => `${JSON.stringify(message)}\n`

const userMessage = (prompt: string) => ({
  type: 'user',
  message: {role: 'user', content: [{type: 'text', text: prompt}]},
})

/** Permissions are bypassed, so a question that still comes gets a yes; a form that nobody fills in, a no (fault E7). */
const ANSWERS: Readonly<Record<string, (input: object) => object>> = {
  can_use_tool: (input) => ({behavior: 'allow', updatedInput: input}),
  elicitation: () => ({action: 'decline'}),
}

async function answer(io: AgentIo, {request, request_id}: ClaudeEvent): Promise<void> {
  const response = ANSWERS[request?.subtype ?? '']?.(request?.input ?? {}) ?? {}
  await io.write(
    line({
      type: 'control_response',
      response: {subtype: 'success', request_id, response},
    }),
  )
}

/** An end without a result, when the program says why on standard error (fault G4). */
async function* deathNote(io: AgentIo, run: AgentRun): AsyncGenerator<AgentEvent> {
  const exit = await io.exited
  const stderr = io.stderrTail()
  if (exit.code === 0 || stderr === '') return
  const how = exit.signal ? `was ended by ${exit.signal}` : `exited with code ${exit.code}`
  yield {
    type: 'result',
    outcome: 'failed',
    error: `claude ${how}: ${stderr.split('\n').slice(-5).join('\n')}`,
    ...(run.resumeSessionId && /no conversation found/i.test(stderr) && {sessionRejected: true}),
  }
}
