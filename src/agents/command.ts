import type {AgentAdapter, AgentEvent, AgentExit, AgentIo} from './adapter.js'
import {type CommandMessage, parseCommandLine} from './command-message.js'

/**
 * Any program: the prompt on standard input, plain lines as text, lines in the message shape as
 * messages, standard error as `status`, and the exit code decides (docs/command-agents.md).
 */
export const command: AgentAdapter = {
  type: 'command',
  programs: [],
  showStderr: true,
  launch: (run) => ({argv: [...run.settings.command, ...(run.settings.args ?? [])]}),
  async *events(io, run) {
    // Written beside the reading: a program that answers before it reads would block both sides (fault E2).
    const written = io.write(`${run.prompt}\n`).then(() => io.endInput())
    const state = createState()
    for await (const line of io.stdout) yield* eventsOf(line, state)
    yield* closePlain(state)
    await written
    yield outcome(await io.exited, io, state)
  },
}

interface State {
  /** The block of plain lines that is open. */
  plain: {block: string; text: string} | undefined
  blocks: number
  calls: number
  openCalls: string[]
  tools: Map<string, string>
  lastText: string
  /** Name of the block of the last text, which may go on. */
  lastBlock: string | undefined
  result: Extract<CommandMessage, {type: 'result'}> | undefined
}

const createState = (): State => ({
  plain: undefined,
  blocks: 0,
  calls: 0,
  openCalls: [],
  tools: new Map(),
  lastText: '',
  lastBlock: undefined,
  result: undefined,
})

function* eventsOf(line: string, state: State): Generator<AgentEvent> {
  const message = parseCommandLine(line)
  if (!message) {
    yield* plainLine(line, state)
    return
  }
  yield* closePlain(state)
  switch (message.type) {
    case 'text':
    case 'thinking':
      yield textEvent(message, state)
      break
    case 'tool_use':
      yield toolUse(message, state)
      break
    case 'tool_result':
      yield toolResult(message, state)
      break
    case 'status':
    case 'error':
      yield {type: message.type, text: message.content ?? message.text ?? ''}
      break
    case 'usage':
      yield {type: 'usage', usage: message.usage}
      break
    case 'session':
      yield {type: 'session', sessionId: message.session_id, resumable: true}
      break
    case 'result':
      state.result = message
  }
}

/** Lines that follow each other are one text. */
function* plainLine(line: string, state: State): Generator<AgentEvent> {
  state.plain ??= {block: `plain-${++state.blocks}`, text: ''}
  const text = state.plain.text === '' ? line : `\n${line}`
  state.plain.text = `${state.plain.text}${text}`.slice(-MAX_LAST_TEXT)
  yield {type: 'text', text, block: state.plain.block, end: false}
}

function* closePlain(state: State): Generator<AgentEvent> {
  if (!state.plain) return
  state.lastText = state.plain.text
  state.lastBlock = undefined
  yield {type: 'text', text: '', block: state.plain.block, end: true}
  state.plain = undefined
}

/** What is kept of a program's words for its result, when it names none. */
const MAX_LAST_TEXT = 256 * 1024

function textEvent(
  message: Extract<CommandMessage, {type: 'text' | 'thinking'}>,
  state: State,
): AgentEvent {
  const text = message.content ?? message.text ?? ''
  // The answer is the program's own last text, not that of a sub-agent.
  if (message.type === 'text' && message.parent_call_id === undefined) {
    const goesOn = message.block !== undefined && message.block === state.lastBlock
    state.lastText = goesOn ? `${state.lastText}${text}`.slice(-MAX_LAST_TEXT) : text
    state.lastBlock = message.block
  }
  return {
    type: message.type,
    text,
    block: message.block === undefined ? `block-${++state.blocks}` : `named-${message.block}`,
    end: message.block === undefined,
    ...parent(message),
  }
}

function toolUse(message: Extract<CommandMessage, {type: 'tool_use'}>, state: State): AgentEvent {
  const callId = message.call_id ?? `call-${++state.calls}`
  state.openCalls.push(callId)
  state.tools.set(callId, message.tool)
  return {
    type: 'tool_use',
    callId,
    tool: message.tool,
    input: message.input ?? {},
    ...parent(message),
  }
}

/** A result without an id closes the call that was opened last. */
function toolResult(
  message: Extract<CommandMessage, {type: 'tool_result'}>,
  state: State,
): AgentEvent {
  const callId = message.call_id ?? state.openCalls.at(-1) ?? `call-${++state.calls}`
  state.openCalls = state.openCalls.filter((open) => open !== callId)
  const tool = message.tool ?? state.tools.get(callId)
  state.tools.delete(callId)
  const output = message.output ?? message.content ?? ''
  return {
    type: 'tool_result',
    callId,
    ...(tool !== undefined && {tool}),
    output: typeof output === 'string' ? output : JSON.stringify(output, null, 2),
    isError: message.is_error ?? false,
    ...parent(message),
  }
}

const parent = (message: {parent_call_id?: string | undefined}) =>
  message.parent_call_id === undefined ? {} : {parentCallId: message.parent_call_id}

function outcome(exit: AgentExit, io: AgentIo, state: State): AgentEvent {
  const output = state.result?.output || state.lastText
  if (exit.code === 0 && !state.result?.is_error)
    return {type: 'result', outcome: 'completed', output}
  const how =
    exit.code === 0
      ? (state.result?.error ?? state.result?.output ?? 'the program reported an error')
      : exit.signal
        ? `the program was ended by ${exit.signal}`
        : `the program exited with code ${exit.code}`
  const stderr = io.stderrTail().split('\n').slice(-5).join('\n')
  return {
    type: 'result',
    outcome: 'failed',
    error: stderr && exit.code !== 0 ? `${how}: ${stderr}` : how,
    ...(output && {output}),
  }
}
