import type {AgentEvent} from './adapter.js'
import {CodexItem, toolOfItem} from './codex-items.js'
import {StrangeEvents} from './strange-events.js'
import {TextBlocks} from './text-blocks.js'

/** Items that only repeat what is known, or say nothing to people. */
const QUIET = new Set(['userMessage', 'hookPrompt', 'functionCallOutput', 'sleep', 'todoList'])

type Parent = {parentCallId?: string}

/** Turns Codex's items into events, those of `exec --json` as well as those of the app server. */
export class CodexReader {
  readonly strange = new StrangeEvents()
  readonly #blocks = new TextBlocks()
  readonly #begun = new Set<string>()
  /** Threads of sub-agents, by the call that began them. */
  readonly #threads = new Map<string, string>()
  #lastText = ''
  #acted = false

  /** The last thing that the agent said: the answer of its turn. */
  get lastText(): string {
    return this.#lastText
  }

  /** Whether the model has answered at all: from then on the session has something to resume. */
  get acted(): boolean {
    return this.#acted
  }

  /** @param thread the sub-agent's thread, when it is not the run's own */
  started(raw: unknown, thread?: string): AgentEvent[] {
    const parsed = CodexItem.safeParse(raw)
    if (!parsed.success) return this.strange.add('item', raw)
    const item = parsed.data
    if (toolOfItem(item)) return this.#toolUse(item, this.#parentOf(thread))
    return [{type: 'progress'}]
  }

  completed(raw: unknown, thread?: string): AgentEvent[] {
    const parsed = CodexItem.safeParse(raw)
    if (!parsed.success) return this.strange.add('item', raw)
    const item = parsed.data
    const parent = this.#parentOf(thread)
    if (item.type !== 'userMessage' && item.type !== 'error') this.#acted = true
    const call = toolOfItem(item)
    if (!call) return this.#said(item, parent)
    const events = this.#toolUse(item, parent)
    this.#begun.delete(item.id)
    const {tool, output, isError} = call
    return [...events, {type: 'tool_result', callId: item.id, tool, output, isError, ...parent}]
  }

  piece(type: 'text' | 'thinking', block: string, text: string, thread?: string): AgentEvent[] {
    return this.#blocks.piece(type, block, text, this.#parentOf(thread))
  }

  #toolUse(item: CodexItem, parent: Parent): AgentEvent[] {
    for (const thread of item.receiverThreadIds ?? []) this.#threads.set(thread, item.id)
    const call = toolOfItem(item)
    if (!call || this.#begun.has(item.id)) return []
    this.#begun.add(item.id)
    return [{type: 'tool_use', callId: item.id, tool: call.tool, input: call.input, ...parent}]
  }

  #said(item: CodexItem, parent: Parent): AgentEvent[] {
    switch (item.type) {
      case 'agentMessage': {
        const text = item.text ?? ''
        if (text.trim() !== '' && !parent.parentCallId) this.#lastText = text
        return this.#blocks.whole('text', item.id, text, parent)
      }
      case 'reasoning':
        return this.#reasoning(item, parent)
      case 'plan':
        return item.text ? [{type: 'status', text: `plan:\n${item.text}`, ...parent}] : []
      case 'contextCompaction':
        return [{type: 'status', text: 'the conversation was compacted', ...parent}]
      // An error item is not a failed turn.
      case 'error':
        return [{type: 'status', text: item.message ?? 'an error', ...parent}]
      default:
        if (QUIET.has(item.type)) return [{type: 'progress'}]
        return this.strange.add(`item/${item.type}`, item)
    }
  }

  #reasoning(item: CodexItem, parent: Parent): AgentEvent[] {
    const summary = item.summary ?? (item.text ? [item.text] : [])
    const content = (item.content ?? []).filter((part) => typeof part === 'string')
    const events = [
      ...summary.flatMap((text, index) =>
        this.#blocks.whole('thinking', summaryBlock(item.id, index), text, parent),
      ),
      ...content.flatMap((text, index) =>
        this.#blocks.whole('thinking', contentBlock(item.id, index), text, parent),
      ),
    ]
    return events.length > 0 ? events : [{type: 'progress'}]
  }

  #parentOf(thread: string | undefined): Parent {
    const parentCallId = thread === undefined ? undefined : this.#threads.get(thread)
    return parentCallId === undefined ? {} : {parentCallId}
  }
}

export const summaryBlock = (item: string, index: number): string => `${item}/summary-${index}`
export const contentBlock = (item: string, index: number): string => `${item}/content-${index}`
