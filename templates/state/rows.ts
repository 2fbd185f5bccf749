import type {JsonObject} from '../../src/protocol/primitives.js'
import type {StoredTaskMessage} from '../../src/protocol/task-message.js'

interface RowBase {
  /** Stable over the life of a run: rows are keyed by it. */
  key: string
  /** Number of the newest message in this row or below it: it changes when the row has to be drawn again. */
  rev: number
  at: string | undefined
}

/** Words of the agent; chunks of one block are one row (stream §2). */
export interface TextRow extends RowBase {
  kind: 'text' | 'thinking'
  text: string
}

export interface ToolOutcome {
  seq: number
  at: string | undefined
  output: string
  isError: boolean
  truncated: boolean
  bytesTotal: number | undefined
}

/** A tool call with its result; a call that starts a sub-agent holds the sub-agent's rows. */
export interface ToolRow extends RowBase {
  kind: 'tool'
  seq: number
  tool: string
  input: JsonObject | undefined
  inputTruncated: boolean
  outcome: ToolOutcome | undefined
  children: Row[]
}

/** An error, a status line, or a kind of message that this page does not know: shown, never dropped. */
export interface NoteRow extends RowBase {
  kind: 'error' | 'status' | 'unknown'
  type: string
  text: string
  /** The person whose words these are. */
  author: string | undefined
}

export type Row = TextRow | ToolRow | NoteRow

export interface Rows {
  rows: Row[]
  toolCalls: number
}

interface Builder {
  rows: Row[]
  toolCalls: number
  /** By call id, and beside it the text parts by block, so that joining stays linear. */
  calls: Map<string, ToolRow>
  blocks: Map<string, {row: TextRow; parts: string[]}>
  open: ToolRow[]
  parents: Map<Row, ToolRow>
}

/** Derives what is shown from the messages alone, so that repeats cannot double a row (contract §8.1). */
export function buildRows(messages: readonly StoredTaskMessage[]): Rows {
  const builder: Builder = {
    rows: [],
    toolCalls: 0,
    calls: new Map(),
    blocks: new Map(),
    open: [],
    parents: new Map(),
  }
  for (const message of messages) addMessage(builder, message)
  for (const {row, parts} of builder.blocks.values()) row.text = parts.join('')
  return {rows: builder.rows, toolCalls: builder.toolCalls}
}

function addMessage(builder: Builder, message: StoredTaskMessage): void {
  if (message.type === 'text' || message.type === 'thinking') addText(builder, message)
  else if (message.type === 'tool_use') addCall(builder, message)
  else if (message.type === 'tool_result') addResult(builder, message)
  else addNote(builder, message)
}

function addText(builder: Builder, message: StoredTaskMessage): void {
  const kind = message.type === 'thinking' ? 'thinking' : 'text'
  const siblings = siblingsOf(builder, message)
  const last = siblings.at(-1)
  const block = blockKey(message, last, kind)
  const found = builder.blocks.get(block)
  if (found) {
    found.parts.push(message.content ?? '')
    touch(builder, found.row, message.seq)
    return
  }
  const row: TextRow = {kind, key: `m${message.seq}`, rev: message.seq, at: message.at, text: ''}
  builder.blocks.set(message.block === undefined ? `key ${row.key}` : block, {
    row,
    parts: [message.content ?? ''],
  })
  append(builder, message, row)
}

/** Runs of an original daemon have no block numbers: neighbours of one kind are one text (fault H19). */
function blockKey(message: StoredTaskMessage, last: Row | undefined, kind: string): string {
  if (message.block === undefined) return `key ${last?.kind === kind ? last.key : ''}`
  return `${kind} ${message.block} ${message.parent_call_id ?? ''}`
}

function addCall(builder: Builder, message: StoredTaskMessage): void {
  const row: ToolRow = {
    kind: 'tool',
    key: `m${message.seq}`,
    rev: message.seq,
    at: message.at,
    seq: message.seq,
    tool: message.tool ?? 'tool',
    input: message.input,
    inputTruncated: message.truncated === true,
    outcome: undefined,
    children: [],
  }
  builder.toolCalls++
  append(builder, message, row)
  if (message.call_id !== undefined) builder.calls.set(message.call_id, row)
  else builder.open.push(row)
}

function addResult(builder: Builder, message: StoredTaskMessage): void {
  const row = callOf(builder, message)
  if (!row) {
    addNote(builder, {...message, content: message.output ?? ''})
    return
  }
  row.outcome = {
    seq: message.seq,
    at: message.at,
    output: message.output ?? message.content ?? '',
    isError: message.is_error === true,
    truncated: message.truncated === true,
    bytesTotal: message.bytes_total,
  }
  touch(builder, row, message.seq)
}

/** By call id; by name and order only where there is none (contract §3.4). */
function callOf(builder: Builder, message: StoredTaskMessage): ToolRow | undefined {
  if (message.call_id !== undefined) return builder.calls.get(message.call_id)
  const index = builder.open.findLastIndex((row) => !message.tool || row.tool === message.tool)
  return index === -1 ? undefined : builder.open.splice(index, 1)[0]
}

function addNote(builder: Builder, message: StoredTaskMessage): void {
  const known = message.type === 'error' || message.type === 'status'
  const kind = known ? (message.type as 'error' | 'status') : 'unknown'
  append(builder, message, {
    kind,
    key: `m${message.seq}`,
    rev: message.seq,
    at: message.at,
    type: message.type,
    author: message.author,
    text: message.content ?? (known ? '' : JSON.stringify(rest(message))),
  })
}

function rest(message: StoredTaskMessage): Partial<StoredTaskMessage> {
  const {
    task_id: _task,
    issue_id: _issue,
    created_at: _created,
    seq: _seq,
    at: _at,
    ...own
  } = message
  return own
}

function siblingsOf(builder: Builder, message: StoredTaskMessage): Row[] {
  return parentOf(builder, message)?.children ?? builder.rows
}

const parentOf = (builder: Builder, message: StoredTaskMessage): ToolRow | undefined =>
  message.parent_call_id === undefined ? undefined : builder.calls.get(message.parent_call_id)

function append(builder: Builder, message: StoredTaskMessage, row: Row): void {
  const parent = parentOf(builder, message)
  if (!parent) {
    builder.rows.push(row)
    return
  }
  parent.children.push(row)
  builder.parents.set(row, parent)
  touch(builder, parent, message.seq)
}

/** A row is drawn again when something in it or below it changed; so are the rows around it. */
function touch(builder: Builder, row: Row, seq: number): void {
  let at: Row | undefined = row
  while (at) {
    at.rev = Math.max(at.rev, seq)
    at = builder.parents.get(at)
  }
}

export const countToolCalls = (messages: readonly StoredTaskMessage[]): number =>
  messages.reduce((count, {type}) => (type === 'tool_use' ? count + 1 : count), 0)
