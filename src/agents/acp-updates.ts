import {contentText} from './acp-content.js'
import {Content, SessionNotification, type SessionUpdate, ToolCall} from './acp-messages.js'
import type {AcpPreset} from './acp-presets.js'
import {AcpTools, type AskedCall} from './acp-tools.js'
import {AcpUsage} from './acp-usage.js'
import type {AgentEvent} from './adapter.js'
import {StrangeEvents} from './strange-events.js'

/** What concerns an editor, or repeats what is known. */
const QUIET = new Set([
  'user_message_chunk',
  'available_commands_update',
  'current_mode_update',
  'config_option_update',
  'session_info_update',
])

interface OpenText {
  type: 'text' | 'thinking'
  block: string
  messageId: string | undefined
  parentCallId: string | undefined
  text: string
}

/** What is kept of an agent's words for its result. */
const MAX_LAST_TEXT = 256 * 1024

/** Turns the updates of a session into events. */
export class AcpUpdates {
  readonly strange = new StrangeEvents()
  readonly tools: AcpTools
  readonly usage: AcpUsage
  /** Whether a prompt of an earlier run has been told again. */
  hasReplayed = false
  #open: OpenText | undefined
  #blocks = 0
  #plan = ''
  #lastText = ''
  #acted = false

  constructor(preset: AcpPreset, resumed: boolean) {
    this.tools = new AcpTools(preset)
    this.usage = new AcpUsage(preset, resumed)
  }

  /** The last thing that the agent said itself: the answer of its turn. */
  get lastText(): string {
    return this.#lastText
  }

  /** Whether the model has answered at all: from then on the session has something to resume. */
  get acted(): boolean {
    return this.#acted
  }

  /** An update of the time before the run's own turn: nothing of it is told again (fault A15). */
  replayed(params: unknown): AgentEvent[] {
    const parsed = SessionNotification.safeParse(params)
    if (parsed.data?.update.sessionUpdate === 'user_message_chunk') this.hasReplayed = true
    if (parsed.data?.update.cost) this.usage.costed(parsed.data.update.cost, false)
    return [{type: 'progress'}]
  }

  read(params: unknown, sessionId: string): AgentEvent[] {
    const parsed = SessionNotification.safeParse(params)
    if (!parsed.success) return this.strange.add('session/update', params)
    const {update, sessionId: from} = parsed.data
    if (from !== sessionId) return this.strange.add('session/update of another session', params)
    switch (update.sessionUpdate) {
      case 'agent_message_chunk':
        return this.#said('text', update)
      case 'agent_thought_chunk':
        return this.#said('thinking', update)
      case 'tool_call':
      case 'tool_call_update':
        return this.#tool(update)
      case 'usage_update':
        return this.#costed(update)
      case 'plan':
        return this.#planned(update)
      default:
        return this.#other(update)
    }
  }

  /** A question whether a tool may be used tells of the call, too. */
  asked(call: ToolCall): AskedCall {
    this.#acted = true
    const asked = this.tools.asked(call)
    return {...asked, events: [...this.#close(), ...asked.events]}
  }

  /** What has waited for more to come. */
  release(): AgentEvent[] {
    const events = this.tools.release()
    return events.length > 0 ? [...this.#close(), ...events] : []
  }

  /** The turn is over. */
  end(): AgentEvent[] {
    return [...this.#close(), ...this.tools.release()]
  }

  #said(type: 'text' | 'thinking', update: SessionUpdate): AgentEvent[] {
    const content = Content.safeParse(update.content)
    if (!content.success) return this.strange.add(update.sessionUpdate, update)
    const used = this.usage.answered(update._meta?.usage)
    const usage: AgentEvent[] = used ? [{type: 'usage', usage: used}] : []
    const text = contentText(content.data)
    // Figures without words come when an answer is complete.
    if (text === '') return usage.length > 0 ? [...this.#close(), ...usage] : [{type: 'progress'}]
    this.#acted = true
    const {events, open} = this.#blockOf(type, update)
    open.text = `${open.text}${text}`.slice(-MAX_LAST_TEXT)
    const {block, parentCallId} = open
    const isAnswer = type === 'text' && parentCallId === undefined && open.text.trim() !== ''
    if (isAnswer) this.#lastText = open.text
    const parent = parentCallId === undefined ? {} : {parentCallId}
    return [...events, {type, text, block, end: false, ...parent}, ...usage]
  }

  /** The block that goes on, or a new one when somebody or something else speaks. */
  #blockOf(
    type: 'text' | 'thinking',
    {messageId, _meta: meta}: SessionUpdate,
  ): {events: AgentEvent[]; open: OpenText} {
    const known = this.#open
    const parentCallId = meta?.claudeCode?.parentToolUseId ?? undefined
    const goesOn =
      known?.type === type &&
      known.parentCallId === parentCallId &&
      (!messageId || known.messageId === messageId)
    if (known && goesOn) return {events: [], open: known}
    const events = [...this.#close(), ...this.tools.release()]
    const block = `${type}-${++this.#blocks}`
    const open = {type, block, messageId: messageId ?? undefined, parentCallId, text: ''}
    this.#open = open
    return {events, open}
  }

  #close(): AgentEvent[] {
    if (!this.#open) return []
    const {type, block, parentCallId} = this.#open
    this.#open = undefined
    const parent = parentCallId === undefined ? {} : {parentCallId}
    return [{type, text: '', block, end: true, ...parent}]
  }

  #tool(update: SessionUpdate): AgentEvent[] {
    const call = ToolCall.safeParse(update)
    if (!call.success) return this.strange.add(update.sessionUpdate, update)
    this.#acted = true
    return [...this.#close(), ...this.tools.update(call.data)]
  }

  #costed({cost}: SessionUpdate): AgentEvent[] {
    const usage = cost ? this.usage.costed(cost, true) : undefined
    return usage ? [...this.#close(), {type: 'usage', usage}] : [{type: 'progress'}]
  }

  #planned({entries}: SessionUpdate): AgentEvent[] {
    const lines = (entries ?? []).map(({status, content}) => `- [${status ?? 'open'}] ${content}`)
    const text = ['plan:', ...lines].join('\n')
    if (text === this.#plan || lines.length === 0) return [{type: 'progress'}]
    this.#plan = text
    return [...this.#close(), {type: 'status', text}]
  }

  #other(update: SessionUpdate): AgentEvent[] {
    const kind = update.sessionUpdate
    if (QUIET.has(kind)) return [{type: 'progress'}]
    if (kind === 'compaction_update') {
      return [...this.#close(), {type: 'status', text: 'the conversation was compacted'}]
    }
    return [...this.#close(), ...this.strange.add(kind, update)]
  }
}
