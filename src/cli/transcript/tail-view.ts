import {type Task, type TaskProgress, TERMINAL_STATUSES} from '../../protocol/task.js'
import type {StoredTaskMessage} from '../../protocol/task-message.js'
import {exitCodeOfResult} from '../exit-codes.js'
import {makeSafe, safeLength} from '../safe-text.js'
import {formatHeader, formatOutcome, type Outcome} from './outcome.js'
import {type PrinterOptions, TranscriptPrinter} from './transcript-printer.js'

/** A way to show a run. Every method gives the text to write on standard output. */
export interface TailView {
  /** True: messages that were cut for the live stream are to be fetched whole. */
  readonly wantsWhole: boolean
  /** A new line when the cursor stands behind text: a note on the same terminal needs one first. */
  breakLine(): string
  begin(task: Task): string
  message(message: StoredTaskMessage): string
  progress(progress: TaskProgress): string
  /** The run has ended. */
  end(outcome: Outcome): string
  /** What is to be said of the end beside the data, on standard error. */
  remark(outcome: Outcome): string | undefined
  /** Nothing more comes, though the run goes on. */
  leave(): string
}

/** Lines for people. */
export function createLinesView(options: Omit<PrinterOptions, 'agent'>): TailView {
  let printer: TranscriptPrinter | undefined
  return {
    wantsWhole: false,
    breakLine: () => (options.wholeLines ? '' : (printer?.breakLine() ?? '')),
    begin(task) {
      printer = new TranscriptPrinter({...options, agent: task.agent_name})
      return formatHeader(task, options.colour)
    },
    message: (message) => printer?.message(message) ?? '',
    progress: (progress) => printer?.progress(progress) ?? '',
    end: (outcome) => (printer?.close() ?? '') + formatOutcome(outcome, options.colour),
    remark: () => undefined,
    leave: () => printer?.close() ?? '',
  }
}

/** NDJSON: one message a line as the server has it, then one line with `"type":"result"`. */
export function createJsonView(): TailView {
  return {
    wantsWhole: true,
    breakLine: () => '',
    begin: () => '',
    message: (message) => `${JSON.stringify(message)}\n`,
    progress: () => '',
    end: ({end, startedAt, completedAt}) => {
      const times = {started_at: startedAt, completed_at: completedAt}
      const exitCode = exitCodeOfResult(end.status)
      return `${JSON.stringify({type: 'result', ...end, ...times, exit_code: exitCode})}\n`
    },
    remark: () => undefined,
    leave: () => '',
  }
}

/**
 * What the agent itself says and nothing else: no names, no calls, no sub-agents. Exactly its
 * characters, unless a terminal would obey them.
 */
export function createRawView(options: {terminal: boolean}): TailView {
  let block: string | undefined
  let held = ''
  let last = ''
  const pass = (text: string) => {
    if (text !== '') last = text.at(-1) ?? ''
    return text
  }
  const endBlock = () => {
    const rest = pass(options.terminal ? makeSafe(held, false) : held)
    held = ''
    return last === '' || last === '\n' ? rest : pass(`${rest}\n`)
  }
  return {
    wantsWhole: true,
    // The text of a file stays what it is; a terminal can take a line more.
    breakLine: () => (options.terminal && last !== '' && last !== '\n' ? pass('\n') : ''),
    begin: () => '',
    message(message) {
      if (message.type !== 'text' || message.parent_call_id !== undefined) return ''
      const key = `${message.block ?? `#${message.seq}`}`
      const before = block === undefined || block === key ? '' : endBlock()
      block = key
      held += message.content ?? ''
      const length = options.terminal ? safeLength(held) : held.length
      const ready = held.slice(0, length)
      held = held.slice(length)
      return before + pass(options.terminal ? makeSafe(ready, false) : ready)
    },
    progress: () => '',
    end: endBlock,
    remark: (outcome) => formatOutcome(outcome, false).trim(),
    leave: endBlock,
  }
}

/** The outcome of a run that had ended before anybody followed it; undefined while it goes on. */
export function outcomeOf(task: Task, toolCalls: number | undefined): Outcome | undefined {
  if (!(TERMINAL_STATUSES as readonly string[]).includes(task.status)) return undefined
  const {status, last_seq, end_reason, error, result, usage, diff} = task
  const sealed = task.sealed_at !== null
  return {
    end: {task_id: task.id, status, last_seq, sealed, end_reason, error, result, usage, diff},
    startedAt: task.started_at,
    completedAt: task.completed_at,
    toolCalls,
  }
}
