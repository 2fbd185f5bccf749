import type {TaskProgress} from '../../protocol/task.js'
import type {TaskMessage} from '../../protocol/task-message.js'
import {createPaint, type Paint} from '../colours.js'
import {cutToWidth} from '../display-width.js'
import {makeSafe, toOneLine} from '../safe-text.js'
import {formatClock} from '../units.js'
import {CallLedger} from './call-ledger.js'
import {FlowingText} from './flowing-text.js'
import {foldResult} from './fold-result.js'
import {summariseCall} from './summarise-call.js'

export interface PrinterOptions {
  /** Name of the agent whose run this is. */
  agent: string
  colour: boolean
  timestamps: boolean
  /** For a pipe: complete lines only. */
  wholeLines: boolean
}

const RESULT_LINES = 5
const ERROR_LINES = 12
const MAX_COLUMNS = 200
const THOUGHT_COLUMNS = 100
const CLOCK_COLUMNS = 9
/** Markdown that needs a line of its own. */
const BLOCK_MARKDOWN = /^\s*(#|```|~~~|[-*+] |\d+[.)] |\||>)/

interface OpenBlock {
  key: string
  text: FlowingText | undefined
  /** Thinking: what is known of its first line; undefined once it has been shown. */
  thought: string | undefined
  message: TaskMessage
}

/**
 * Turns a run's messages into lines for people: text flows, a call is one line, its result is folded
 * below it, sub-agents are indented. Gives text to be written, and writes nothing itself.
 */
export class TranscriptPrinter {
  readonly #options: PrinterOptions
  readonly #paint: Paint
  readonly #calls = new CallLedger()
  #open: OpenBlock | undefined
  #progress: string | undefined
  /** What the last lines were: rows of one kind stay together, others are set apart. */
  #last: {kind: 'start' | 'text' | 'row'; speaker?: string; callId?: string | undefined} = {
    kind: 'start',
  }

  constructor(options: PrinterOptions) {
    this.#options = options
    this.#paint = createPaint(options.colour)
  }

  message(message: TaskMessage): string {
    const key = `${message.type} ${message.block ?? `#${message.seq}`} ${message.parent_call_id ?? ''}`
    const before = this.#open?.key === key ? '' : this.close()
    return before + this.#show(message, key)
  }

  /** A step of the run; the same one again, as after a reconnect, is not repeated. */
  progress({summary, step, total}: TaskProgress): string {
    const key = `${step}/${total} ${summary}`
    if (key === this.#progress) return ''
    this.#progress = key
    const steps = total > 0 ? `[${step}/${total}] ` : ''
    const line = this.#paint('dim', `· ${steps}${cutToWidth(toOneLine(summary), MAX_COLUMNS)}`)
    return this.close() + this.#row(line, undefined)
  }

  /** Ends an open line, because something else is to be written there; its text goes on below. */
  breakLine(): string {
    return this.#open?.text?.breakLine() ?? ''
  }

  /** Ends a block that is still open. */
  close(): string {
    const open = this.#open
    this.#open = undefined
    if (!open) return ''
    if (open.text) return open.text.end()
    return open.thought ? this.#thoughtRow(open.thought, open.message) : ''
  }

  #show(message: TaskMessage, key: string): string {
    switch (message.type) {
      case 'text':
        return this.#text(message, key)
      case 'thinking':
        return this.#thinking(message, key)
      case 'tool_use':
        return this.#call(message)
      case 'tool_result':
        return this.#result(message)
      case 'error':
        return this.#lines('red', '✗', message, ERROR_LINES)
      case 'status':
        if (message.author !== undefined) return this.#person(message, message.author)
        return this.#lines('dim', '·', message, RESULT_LINES)
      default:
        return this.#row(`[${toOneLine(message.type)}] ${rawOf(message)}`, message)
    }
  }

  /** Words of a person: to the agent, or about what it has asked. */
  #person(message: TaskMessage, author: string): string {
    const lines = makeSafe(message.content ?? '', false).split('\n')
    const name = this.#paint('bold', this.#paint('yellow', `${toOneLine(author)}:`))
    const indent = `${this.#indent(message)}  `
    return this.#row(`${name} ${lines.join(`\n${indent}`)}`, message)
  }

  #text(message: TaskMessage, key: string): string {
    const content = message.content ?? ''
    if (this.#open?.text) return this.#open.text.push(content)
    if (content.trim() === '') return ''
    const speaker = this.#calls.speaker(message.parent_call_id) ?? this.#options.agent
    const sameSpeaker = this.#last.kind === 'text' && this.#last.speaker === speaker
    const gap = this.#last.kind === 'start' || sameSpeaker ? '' : '\n'
    const {colour, wholeLines} = this.#options
    const indent = this.#indent(message)
    const text = new FlowingText({colour, wholeLines, indent})
    this.#open = {key, text, thought: undefined, message}
    this.#last = {kind: 'text', speaker}
    const label = sameSpeaker
      ? ''
      : `${this.#paint('bold', this.#paint('cyan', `${toOneLine(speaker)}:`))}${BLOCK_MARKDOWN.test(content) ? `\n${indent}` : ' '}`
    return `${gap}${this.#margin(message)}${label}${text.push(content)}`
  }

  #thinking(message: TaskMessage, key: string): string {
    this.#open ??= {key, text: undefined, thought: '', message}
    const open = this.#open
    if (open.thought === undefined) return ''
    open.thought = (open.thought + (message.content ?? '')).trimStart()
    const line = open.thought.indexOf('\n')
    if (line < 0 && open.thought.length < THOUGHT_COLUMNS) return ''
    const thought = open.thought
    open.thought = undefined
    return this.#thoughtRow(thought, open.message)
  }

  #thoughtRow(thought: string, message: TaskMessage): string {
    const [first = '', ...more] = thought.slice(0, 2000).split('\n')
    const line = cutToWidth(toOneLine(first), THOUGHT_COLUMNS)
    const ellipsis = more.some((text) => text.trim() !== '') && !line.endsWith('…') ? ' …' : ''
    return this.#row(this.#paint('dim', `~ thinking: ${line}${ellipsis}`), message)
  }

  #call(message: TaskMessage): string {
    const summary = summariseCall(message.input)
    this.#calls.open(message, summary)
    const tool = this.#paint('bold', toOneLine(message.tool ?? 'tool'))
    const line = `${this.#paint('cyan', '▸')} ${tool}${summary && `  ${summary}`}`
    return this.#row(line, message, message.call_id)
  }

  #result(message: TaskMessage): string {
    const call = this.#calls.find(message.call_id)
    const isNext = message.call_id !== undefined && this.#last.callId === message.call_id
    const name = `${toOneLine(message.tool ?? call?.tool ?? 'tool')}${call?.summary ? `  ${call.summary}` : ''}`
    const head = isNext ? '' : this.#row(this.#paint('dim', `◂ ${name}`), message)
    const failed = message.is_error === true
    const folded = foldResult(message.output ?? '', {
      maxLines: failed ? ERROR_LINES : RESULT_LINES,
      maxColumns: MAX_COLUMNS,
      colour: this.#options.colour && !failed,
      bytesTotal: message.truncated ? message.bytes_total : undefined,
    })
    const mark = failed ? this.#paint('red', '✗') : this.#paint('dim', '│')
    const lines = folded.lines.map((line) => `${mark} ${failed ? this.#paint('red', line) : line}`)
    if (folded.rest) lines.push(this.#paint('dim', folded.rest))
    if (lines.length === 0)
      lines.push(failed ? `${mark} failed` : this.#paint('dim', '│ (no output)'))
    const indent = `${this.#indent(message)}  `
    this.#last = {kind: 'row'}
    return `${head}${lines.map((line) => `${indent}${line.trimEnd()}\n`).join('')}`
  }

  #lines(colour: 'red' | 'dim', mark: string, message: TaskMessage, maxLines: number): string {
    const folded = foldResult(message.content ?? '', {
      maxLines,
      maxColumns: MAX_COLUMNS,
      colour: false,
      bytesTotal: message.truncated ? message.bytes_total : undefined,
    })
    const [first = '', ...more] = folded.rest ? [...folded.lines, folded.rest] : folded.lines
    const indent = `${this.#indent(message)}  `
    const rest = more.map((line) => `\n${indent}${this.#paint(colour, line)}`).join('')
    return this.#row(this.#paint(colour, `${mark} ${first}`) + rest, message)
  }

  #row(line: string, message: TaskMessage | undefined, callId?: string): string {
    const gap = this.#last.kind === 'text' ? '\n' : ''
    this.#last = {kind: 'row', callId}
    return `${gap}${this.#margin(message)}${line}\n`
  }

  /** In front of a first line: the time, and two columns for every level of sub-agents. */
  #margin(message: TaskMessage | undefined): string {
    if (!this.#options.timestamps) return this.#indent(message)
    const clock = message?.at ? formatClock(message.at) : ' '.repeat(CLOCK_COLUMNS - 1)
    return `${this.#paint('dim', clock)} ${this.#nesting(message)}`
  }

  /** In front of the lines below it. */
  #indent(message: TaskMessage | undefined): string {
    return ' '.repeat(this.#options.timestamps ? CLOCK_COLUMNS : 0) + this.#nesting(message)
  }

  #nesting(message: TaskMessage | undefined): string {
    return '  '.repeat(this.#calls.depth(message?.parent_call_id))
  }
}

/** A message of a newer kind: its words, else all of it. */
function rawOf(message: TaskMessage): string {
  const {seq: _, type: __, at: ___, block: ____, ...rest} = message
  const text = message.content ?? JSON.stringify(rest)
  return cutToWidth(toOneLine(text.slice(0, 20_000)), MAX_COLUMNS * 5)
}
