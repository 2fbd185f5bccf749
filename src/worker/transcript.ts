import type {AgentEvent} from '../agents/adapter.js'
import type {MaskedStream, Masker} from '../masking/masker.js'
import {TEXT_FLUSH_MS} from '../protocol/limits.js'
import {fitForStore} from '../protocol/message-limits.js'
import type {NewTaskMessage, TaskMessage} from '../protocol/task-message.js'

type Said = Extract<AgentEvent, {type: 'text' | 'thinking'}>

type Note = Extract<AgentEvent, {type: 'status' | 'error'}>

interface OpenBlock {
  number: number
  type: 'text' | 'thinking'
  stream: MaskedStream
  /** Masked and not yet a message. */
  text: string
  parentCallId: string | undefined
}

/** A piece of text becomes a message at the latest when it has this many characters. */
const MAX_CHUNK = 64 * 1024

export interface TranscriptDeps {
  /** Writes a numbered message; resolves when it is kept. */
  append: (message: TaskMessage) => Promise<void>
  lastSeq: number
  /** Number of the last block of an earlier part. */
  masker: Masker
  now: () => Date
}

/**
 * Turns what an agent does into numbered messages (stream §2). A number is given at arrival, and an
 * open text is always cut before anything else is numbered, so the order of the numbers is the order
 * in which the agent spoke (faults H4, H5).
 */
export class Transcript {
  readonly #deps: TranscriptDeps
  #seq: number
  #blocks = 0
  readonly #open = new Map<string, OpenBlock>()
  readonly #calls = new Map<string, {tool: string; parentCallId: string | undefined}>()
  readonly #notes: MaskedStream
  #timer: NodeJS.Timeout | undefined
  #tools = 0

  constructor(deps: TranscriptDeps) {
    this.#deps = deps
    this.#seq = deps.lastSeq
    this.#notes = deps.masker.open()
  }

  get lastSeq(): number {
    return this.#seq
  }

  /** Whether a tool is at work now. */
  get toolInFlight(): boolean {
    return this.#calls.size > 0
  }

  /** How many tools have been called. */
  get toolCount(): number {
    return this.#tools
  }

  /** Takes an event in; resolves when everything that came of it is kept (back-pressure). */
  async add(event: AgentEvent): Promise<void> {
    switch (event.type) {
      case 'text':
      case 'thinking':
        return this.#say(event)
      case 'tool_use':
        return this.#toolUse(event)
      case 'tool_result':
        return this.#toolResult(event)
      case 'status':
      case 'error':
        return this.#note(event)
      default:
        return undefined
    }
  }

  /** Says what people and this worker have to say; `author`: a person whose words these are. */
  async tell({
    text,
    author,
    about,
  }: {
    text: string
    author?: string
    about?: string
  }): Promise<void> {
    await this.#cutAll()
    await this.#emit({
      type: 'status',
      content: this.#deps.masker.mask(text),
      ...(author !== undefined && {author}),
      ...(about !== undefined && {about}),
    })
  }

  /** Closes what is open: texts, and calls that never got an answer (fault A17). */
  async close(): Promise<void> {
    await this.#cutAll()
    const rest = this.#notes.flush().trimEnd()
    if (rest !== '') await this.#emit({type: 'status', content: rest})
    for (const [callId, {tool, parentCallId}] of this.#calls) {
      await this.#emit({
        type: 'tool_result',
        tool,
        call_id: callId,
        output: 'the run ended before the tool answered',
        is_error: true,
        ...(parentCallId && {parent_call_id: parentCallId}),
      })
    }
    this.#calls.clear()
  }

  /** A message of an earlier part: its number is taken, and its call may still be without an answer. */
  adopt(message: TaskMessage): void {
    this.#seq = Math.max(this.#seq, message.seq)
    if (!message.call_id) return
    if (message.type === 'tool_use') {
      this.#calls.set(message.call_id, {
        tool: message.tool ?? '',
        parentCallId: message.parent_call_id,
      })
    } else if (message.type === 'tool_result') this.#calls.delete(message.call_id)
    this.#blocks = Math.max(this.#blocks, message.block ?? 0)
  }

  /** Lines of standard error come one by one; a secret may go over several of them. */
  async #note({type, text, parentCallId}: Note): Promise<void> {
    await this.#cutAll()
    const content =
      type === 'error'
        ? this.#deps.masker.mask(text)
        : this.#notes.push(`${text}\n`).replace(/\n$/, '')
    if (content === '' && text !== '') return
    await this.#emit({type, content, ...(parentCallId && {parent_call_id: parentCallId})})
  }

  async #say(event: Said): Promise<void> {
    const key = `${event.type} ${event.parentCallId ?? ''} ${event.block}`
    // Somebody else's words end: two open texts of one speaker would come in a mixed order.
    for (const [other, block] of this.#open) {
      if (other !== key && block.parentCallId === event.parentCallId) await this.#cut(other, true)
    }
    const block = this.#open.get(key) ?? this.#begin(key, event)
    block.text += block.stream.push(event.text)
    if (event.end) await this.#cut(key, true)
    else if (block.text.length >= MAX_CHUNK) await this.#cut(key, false)
    else this.#armTimer()
  }

  #begin(key: string, event: Said): OpenBlock {
    const block: OpenBlock = {
      number: ++this.#blocks,
      type: event.type,
      stream: this.#deps.masker.open(),
      text: '',
      parentCallId: event.parentCallId,
    }
    this.#open.set(key, block)
    return block
  }

  async #toolUse(event: Extract<AgentEvent, {type: 'tool_use'}>): Promise<void> {
    await this.#cutAll()
    const {callId, tool, parentCallId} = event
    this.#calls.set(callId, {tool, parentCallId})
    this.#tools++
    await this.#emit({
      type: 'tool_use',
      tool,
      call_id: callId,
      input: this.#deps.masker.maskJson(event.input),
      ...(parentCallId && {parent_call_id: parentCallId}),
    })
  }

  async #toolResult(event: Extract<AgentEvent, {type: 'tool_result'}>): Promise<void> {
    await this.#cutAll()
    const call = this.#calls.get(event.callId)
    this.#calls.delete(event.callId)
    const tool = event.tool ?? call?.tool
    const parentCallId = event.parentCallId ?? call?.parentCallId
    await this.#emit({
      type: 'tool_result',
      ...(tool && {tool}),
      call_id: event.callId,
      output: this.#deps.masker.mask(event.output),
      ...(event.isError && {is_error: true}),
      ...(parentCallId && {parent_call_id: parentCallId}),
    })
  }

  async #cutAll(): Promise<void> {
    for (const key of [...this.#open.keys()]) await this.#cut(key, true)
  }

  /** Makes a message of what a block has said since its last one. */
  async #cut(key: string, end: boolean): Promise<void> {
    const block = this.#open.get(key)
    if (!block) return
    if (end) {
      this.#open.delete(key)
      block.text += block.stream.flush()
    }
    const {text} = block
    block.text = ''
    for (let at = 0; at < text.length; ) {
      const chunk = chunkOf(text, at)
      at += chunk.length
      await this.#emit({
        type: block.type,
        block: block.number,
        content: chunk,
        ...(block.parentCallId && {parent_call_id: block.parentCallId}),
      })
    }
  }

  /** An open text waits no longer than the flush time (stream §3.5). */
  #armTimer(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      // What the disk says is told by the next message that waits for it.
      for (const key of [...this.#open.keys()]) this.#cut(key, false).catch(() => undefined)
    }, TEXT_FLUSH_MS)
    this.#timer.unref()
  }

  /** The number is taken in the same step in which the message is handed on: nothing can come between. */
  #emit(message: NewTaskMessage): Promise<void> {
    const numbered = {seq: ++this.#seq, ...message, at: this.#deps.now().toISOString()}
    return this.#deps.append(fitForStore(numbered))
  }
}

/** At most MAX_CHUNK characters, never half of a surrogate pair. */
function chunkOf(text: string, at: number): string {
  const chunk = text.slice(at, at + MAX_CHUNK)
  const last = chunk.charCodeAt(chunk.length - 1)
  const splits = last >= 0xd800 && last <= 0xdbff && at + chunk.length < text.length
  return splits ? chunk.slice(0, -1) : chunk
}
