import type {AgentEvent} from './adapter.js'
import type {Block, ClaudeEvent} from './claude-events.js'
import {outcomeOf} from './claude-result.js'
import {ClaudeUsage} from './claude-usage.js'

/** System events that say nothing to people. */
const NOISE = new Set(['thinking_tokens', 'status', 'post_turn_summary', 'files_persisted'])
const QUIET = new Set([
  'tool_progress',
  'control_response',
  'control_cancel_request',
  'keep_alive',
  'prompt_suggestion',
])

interface OpenBlock {
  block: string
  type: 'text' | 'thinking'
  text: string
}

/** Turns Claude Code's events into ours. Holds what one run needs to remember. */
export class ClaudeReader {
  readonly #resumed: string | undefined
  #begun = false
  #resumable = false
  #blocks = 0
  /** The block that comes in pieces, by the sub-agent whose it is. */
  #open = new Map<string, OpenBlock>()
  #tools = new Map<string, string>()
  #unknown = new Map<string, number>()
  readonly #usage = new ClaudeUsage()
  #over = false

  constructor(resumed: string | undefined) {
    this.#resumed = resumed
  }

  /** @returns ours, in order; empty for what only says that the agent lives */
  read(event: ClaudeEvent): AgentEvent[] {
    const usage = this.#over ? undefined : this.#usage.read(event)
    return [...this.#read(event), ...(usage ? [{type: 'usage' as const, usage}] : [])]
  }

  #read(event: ClaudeEvent): AgentEvent[] {
    switch (event.type) {
      case 'system':
        return this.#system(event)
      case 'assistant':
        return this.#assistant(event)
      case 'user':
        return this.#user(event)
      case 'stream_event':
        return this.#piece(event)
      case 'result':
        return this.#result(event)
      case 'rate_limit_event':
        return rateLimit(event)
      default:
        if (QUIET.has(event.type)) return [{type: 'progress'}]
        return this.#strange(event.type, event)
    }
  }

  /** The last turn has ended: its result knows what was used better than what may follow. */
  close(): void {
    this.#over = true
  }

  /** How often each kind came that is not known here. */
  get unknown(): ReadonlyMap<string, number> {
    return this.#unknown
  }

  #system(event: ClaudeEvent): AgentEvent[] {
    const subtype = event.subtype ?? ''
    if (subtype === 'init') {
      this.#begun = true
      return event.session_id
        ? [{type: 'session', sessionId: event.session_id, resumable: false}]
        : []
    }
    if (subtype === 'api_retry') {
      return [{type: 'status', text: retryText(event)}]
    }
    if (subtype === 'compact_boundary')
      return [{type: 'status', text: 'the conversation was compacted'}]
    if (NOISE.has(subtype) || /^(hook|task)_/.test(subtype)) return [{type: 'progress'}]
    return this.#strange(`system/${subtype}`, event)
  }

  #assistant(event: ClaudeEvent): AgentEvent[] {
    const content = event.message?.content
    const blocks: Block[] =
      typeof content === 'string' ? [{type: 'text', text: content}] : (content ?? [])
    // An API error comes as a text of a model that is none; only a real answer of one is on disk.
    const synthetic = event.message?.model === '<synthetic>'
    if (synthetic && event.error) {
      return blocks.map(({text = ''}) => ({type: 'error', text, ...parentOf(event)}))
    }
    const events = blocks.flatMap((block) => this.#block(block, event))
    if (event.session_id && !this.#resumable && !synthetic) {
      this.#resumable = true
      events.push({type: 'session', sessionId: event.session_id, resumable: true})
    }
    return events
  }

  #block(block: Block, event: ClaudeEvent): AgentEvent[] {
    switch (block.type) {
      case 'text':
        return this.#whole('text', block.text ?? '', event)
      case 'thinking':
        return this.#whole('thinking', block.thinking ?? '', event)
      case 'redacted_thinking':
        return [{type: 'progress'}]
      case 'tool_use':
      case 'server_tool_use':
      case 'mcp_tool_use': {
        const callId = block.id ?? `call-${++this.#blocks}`
        const tool = block.name ?? 'tool'
        this.#tools.set(callId, tool)
        return [{type: 'tool_use', callId, tool, input: inputOf(block.input), ...parentOf(event)}]
      }
      default:
        if (block.tool_use_id) return [this.#toolResult(block, event)]
        return this.#strange(`assistant/${block.type}`, block)
    }
  }

  #user(event: ClaudeEvent): AgentEvent[] {
    const content = event.message?.content
    // What we said ourselves comes back as plain text.
    if (typeof content === 'string' || !content) return []
    return content.flatMap((block) => (block.tool_use_id ? [this.#toolResult(block, event)] : []))
  }

  #toolResult(block: Block, event: ClaudeEvent): AgentEvent {
    const callId = block.tool_use_id as string
    const tool = this.#tools.get(callId)
    this.#tools.delete(callId)
    return {
      type: 'tool_result',
      callId,
      ...(tool !== undefined && {tool}),
      output: plainText(block.content),
      isError: block.is_error ?? false,
      ...parentOf(event),
    }
  }

  /** A block in pieces, as `--include-partial-messages` sends it. */
  #piece(event: ClaudeEvent): AgentEvent[] {
    const raw = event.event
    const key = event.parent_tool_use_id ?? ''
    if (raw?.type === 'content_block_start') {
      const type = raw.content_block?.type
      if (type === 'text' || type === 'thinking') {
        this.#open.set(key, {block: `block-${++this.#blocks}`, type, text: ''})
      }
      return [{type: 'progress'}]
    }
    const open = this.#open.get(key)
    const text = raw?.delta?.text ?? raw?.delta?.thinking
    if (raw?.type !== 'content_block_delta' || !open || !text) return [{type: 'progress'}]
    open.text += text
    return [{type: open.type, text, block: open.block, end: false, ...parentOf(event)}]
  }

  /**
   * A whole block. Of one that came in pieces only what is missing is told, so that nothing is said
   * twice. Other words than those of the pieces are a new answer after a broken one.
   */
  #whole(type: 'text' | 'thinking', text: string, event: ClaudeEvent): AgentEvent[] {
    const key = event.parent_tool_use_id ?? ''
    const open = this.#open.get(key)
    const said = open?.type === type ? open : undefined
    if (said) this.#open.delete(key)
    const parent = parentOf(event)
    if (said && (text.startsWith(said.text) || said.text.trim() === text.trim())) {
      const rest = text.slice(said.text.length)
      if (text === '' && said.text === '') return []
      return [{type, text: rest, block: said.block, end: true, ...parent}]
    }
    if (text === '') return []
    return [{type, text, block: `block-${++this.#blocks}`, end: true, ...parent}]
  }

  /** Each turn has a result; its figures are those of the whole run. */
  #result(event: ClaudeEvent): AgentEvent[] {
    const usage = this.#usage.result(event)
    return [
      ...(usage ? [{type: 'usage' as const, usage}] : []),
      outcomeOf(event, this.#resumed, this.#begun),
    ]
  }

  /** Shown once for each kind and counted: a newer version of the agent must not go blank (fault A18). */
  #strange(kind: string, event: unknown): AgentEvent[] {
    const seen = this.#unknown.get(kind) ?? 0
    this.#unknown.set(kind, seen + 1)
    if (seen > 0) return [{type: 'progress'}]
    return [{type: 'status', text: `event ${kind}: ${JSON.stringify(event).slice(0, 500)}`}]
  }
}

const parentOf = (event: ClaudeEvent) =>
  event.parent_tool_use_id ? {parentCallId: event.parent_tool_use_id} : {}

function retryText({error, error_status: status, attempt, max_retries: most}: ClaudeEvent): string {
  const why = [status, typeof error === 'string' ? error : ''].filter(Boolean).join(' ')
  const count = attempt === undefined ? 'trying again' : `retry ${attempt} of ${most ?? '?'}`
  return `the model's API failed (${why || 'no answer'}); ${count}`
}

/** Input of a tool as an object, which it is unless a tool is very strange. */
function inputOf(input: unknown): Record<string, unknown> {
  if (input === undefined || input === null) return {}
  if (typeof input === 'object' && !Array.isArray(input)) return input as Record<string, unknown>
  return {input}
}

function rateLimit(event: ClaudeEvent): AgentEvent[] {
  const info = event.rate_limit_info as {status?: string} | undefined
  if (!info?.status || info.status === 'allowed') return [{type: 'progress'}]
  return [{type: 'status', text: `rate limit: ${info.status}`}]
}

/** A tool's answer as people read it: text parts joined, others named. */
function plainText(content: unknown): string {
  if (content === undefined || content === null) return ''
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return JSON.stringify(content, null, 2)
  return content
    .map((part: {type?: string; text?: string}) =>
      typeof part?.text === 'string' ? part.text : `[${part?.type ?? 'part'}]`,
    )
    .join('\n')
}
