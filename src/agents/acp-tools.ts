import {inputOf, isFailure, outputOf} from './acp-content.js'
import type {ToolCall} from './acp-messages.js'
import type {AcpPreset} from './acp-presets.js'
import type {AgentEvent} from './adapter.js'

interface Entry {
  call: ToolCall
  tool: string
  told: boolean
  over: boolean
}

/** A call that a question for permission is about, and what is to be told of it. */
export interface AskedCall {
  events: AgentEvent[]
  callId: string
  tool: string
  input: Record<string, unknown>
  title?: string | null | undefined
}

/**
 * The tool calls of a run. A call may become known by itself, by an update or by a question for
 * permission, whichever comes first; what it is called with may follow a moment later.
 */
export class AcpTools {
  preset: AcpPreset
  readonly #entries = new Map<string, Entry>()

  constructor(preset: AcpPreset) {
    this.preset = preset
  }

  /** Whether calls wait for their input. */
  get holds(): boolean {
    return [...this.#entries.values()].some(({told}) => !told)
  }

  /** Takes a call or an update of one in. */
  update(update: ToolCall): AgentEvent[] {
    const entry = this.#merge(update)
    const isOver = update.status === 'completed' || update.status === 'failed'
    const events = isOver || isUnderWay(entry.call, update) ? this.#tell(entry) : []
    if (entry.over || !isOver) return events.length > 0 ? events : [{type: 'progress'}]
    entry.over = true
    return [
      ...events,
      {
        type: 'tool_result',
        callId: entry.call.toolCallId,
        tool: entry.tool,
        output: outputOf(entry.call),
        isError: isFailure(entry.call),
        ...parentOf(entry.call),
      },
    ]
  }

  /** A question whether the call may be made: everything that is known of it is told. */
  asked(call: ToolCall): AskedCall {
    const entry = this.#merge(call)
    const {tool, call: whole} = entry
    const input = inputOf(whole, this.preset.noise)
    return {events: this.#tell(entry), tool, callId: whole.toolCallId, input, title: whole.title}
  }

  /** Tells the calls whose input has not come. */
  release(): AgentEvent[] {
    return [...this.#entries.values()].flatMap((entry) => this.#tell(entry))
  }

  #merge(update: ToolCall): Entry {
    const known = this.#entries.get(update.toolCallId)
    if (!known) {
      const entry = {call: update, tool: this.#nameOf(update), told: false, over: false}
      this.#entries.set(update.toolCallId, entry)
      return entry
    }
    const said = Object.entries(update).filter(([, value]) => value !== undefined && value !== null)
    known.call = {...known.call, ...Object.fromEntries(said)}
    return known
  }

  #tell(entry: Entry): AgentEvent[] {
    if (entry.told) return []
    entry.told = true
    const {call, tool} = entry
    return [
      {
        type: 'tool_use',
        callId: call.toolCallId,
        tool,
        input: inputOf(call, this.preset.noise),
        ...parentOf(call),
      },
    ]
  }

  #nameOf(call: ToolCall): string {
    const {_meta: meta, kind} = call
    const own = meta?.claudeCode?.toolName ?? meta?.toolName ?? this.preset.toolOf?.(call)
    if (own) return own
    return kind && kind !== 'other' ? kind : (call.title ?? 'tool')
  }
}

/** A pending call may still wait for its input, unless the update has brought it. */
function isUnderWay(call: ToolCall, update: ToolCall): boolean {
  if (call.status !== 'pending' && call.status !== undefined && call.status !== null) return true
  const isUpdate = (update as {sessionUpdate?: unknown}).sessionUpdate === 'tool_call_update'
  return isUpdate && Object.keys((update.rawInput as object | undefined) ?? {}).length > 0
}

const parentOf = ({_meta: meta}: ToolCall): {parentCallId?: string} => {
  const parent = meta?.claudeCode?.parentToolUseId
  return parent ? {parentCallId: parent} : {}
}
