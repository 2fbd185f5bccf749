import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {MAX_FIELD_BYTES} from '../../src/protocol/limits.js'
import {cleanText, cutText} from '../../src/protocol/message-limits.js'
import type {Task} from '../../src/protocol/task.js'
import type {TaskMessage} from '../../src/protocol/task-message.js'
import type {ReaderRecord} from './readers.js'
import {type Utterance, writeScript} from './script.js'
import type {ChaosSystem} from './system.js'

export interface Findings {
  tasks: number
  messages: number
  deliveries: number
  readers: number
  ends: Record<string, number>
  /** Empty when all is well. */
  violations: string[]
}

/** Ends that the faults explain; every other one is a violation. */
const EXPLAINED = new Set(['worker_lost', 'agent_error'])

/** Compares what the agents wrote with journals, database and every reader. */
export async function checkAll(
  system: ChaosSystem,
  tasks: readonly Task[],
  readers: readonly ReaderRecord[],
): Promise<Findings> {
  const findings: Findings = {
    tasks: tasks.length,
    messages: 0,
    deliveries: 0,
    readers: readers.length,
    ends: {},
    violations: [],
  }
  for (const task of tasks) {
    const about = (text: string) => findings.violations.push(`task ${task.id}: ${text}`)
    const end = task.status === 'completed' ? 'completed' : (task.end_reason ?? task.status)
    findings.ends[end] = (findings.ends[end] ?? 0) + 1
    if (task.status !== 'completed' && !EXPLAINED.has(end)) about(`ended ${end}: ${task.error}`)
    const stored = await readStored(system, task.id)
    findings.messages += stored.length
    stored.forEach(({seq}, index) => {
      if (seq !== index + 1) about(`stored message ${seq} stands at place ${index + 1}`)
    })
    if (task.last_seq !== stored.length) about(`last_seq ${task.last_seq}, stored ${stored.length}`)
    for (const text of compareJournal(stored, await readJournal(system, task.id))) about(text)
    for (const text of compareScript(stored, task)) about(text)
    for (const reader of readers.filter(({taskId}) => taskId === task.id)) {
      findings.deliveries += reader.got.length
      for (const text of compareReader(stored, reader)) about(`${reader.name}: ${text}`)
    }
  }
  return findings
}

async function readStored(system: ChaosSystem, taskId: string): Promise<TaskMessage[]> {
  const response = await fetch(`${system.directUrl}/api/tasks/${taskId}/messages`, {
    headers: {authorization: `Bearer ${system.token}`, accept: 'application/x-ndjson'},
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`messages of ${taskId}: ${response.status} ${text}`)
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

async function readJournal(system: ChaosSystem, taskId: string): Promise<TaskMessage[]> {
  const text = await readFile(join(system.tasksFolder, taskId, 'journal.ndjson'), 'utf8')
  return text
    .split('\n')
    .filter(Boolean)
    .flatMap((line) => {
      const parsed = JSON.parse(line)
      return 'm' in parsed ? [parsed.m] : []
    })
}

function* compareJournal(stored: TaskMessage[], journal: TaskMessage[]): Generator<string> {
  if (journal.length !== stored.length) {
    yield `journal has ${journal.length} messages, database ${stored.length}`
  }
  for (const [index, message] of stored.entries()) {
    if (essence(message) === essence(journal[index])) continue
    yield `message ${message.seq} differs from the journal's`
    return
  }
}

const essence = (message: TaskMessage | undefined): string =>
  JSON.stringify(
    message && [
      message.seq,
      message.type,
      message.content,
      message.input,
      message.output,
      message.call_id,
    ],
  )

/** A completed run has said everything; a lost one the beginning of it, and then why. */
function* compareScript(stored: TaskMessage[], task: Task): Generator<string> {
  const expected = writeScript(task.id).flatMap((step) =>
    'say' in step ? [wordsOf(step.say)] : [],
  )
  const got = utterancesOf(stored)
  const completed = task.status === 'completed'
  if (completed && got.length !== expected.length) {
    yield `said ${expected.length} things, ${got.length} are stored`
  }
  for (const [index, words] of got.entries()) {
    if (words === expected[index]) continue
    // The last text of a lost run may have been cut in the middle; what follows is the closing.
    const isCut = expected[index]?.startsWith(words)
    const closing = got.slice(isCut ? index + 1 : index)
    if (!completed && closing.length <= 3 && closing.every(isClosing)) return
    yield `thing ${index + 1} is ${short(words)}, not ${short(expected[index])}`
    return
  }
}

const CLOSINGS =
  /^(tool_result .*the run ended before the tool answered|error .*(worker of this run died|ended by SIGKILL))/
const isClosing = (words: string): boolean => CLOSINGS.test(words)
const short = (text: string | undefined): string => JSON.stringify(text?.slice(0, 120))

/** What an utterance becomes, after the documented cuts and replacements. */
function wordsOf(utterance: Utterance): string {
  switch (utterance.type) {
    case 'junk':
      return `text ${cleanText(utterance.bytes.toString('utf8'))}`
    case 'tool_use':
      return `tool_use ${utterance.call_id} ${utterance.tool} ${JSON.stringify(utterance.input)}`
    case 'tool_result':
      return `tool_result ${utterance.call_id} ${utterance.is_error} ${cutText(utterance.output, MAX_FIELD_BYTES)}`
    default:
      return `${utterance.type} ${utterance.content}`
  }
}

/** Messages as utterances again: pieces of one block are one text. */
function utterancesOf(messages: TaskMessage[]): string[] {
  const said: string[] = []
  let block: number | undefined
  for (const message of messages) {
    const {type, content = '', call_id, tool, input, output = '', is_error = false} = message
    if (type === 'tool_use') said.push(`tool_use ${call_id} ${tool} ${JSON.stringify(input)}`)
    else if (type === 'tool_result') said.push(`tool_result ${call_id} ${is_error} ${output}`)
    else if (message.block !== undefined && message.block === block)
      said.push(`${said.pop()}${content}`)
    else said.push(`${type} ${content}`)
    block = message.block
  }
  return said
}

function* compareReader(stored: TaskMessage[], reader: ReaderRecord): Generator<string> {
  yield* reader.violations
  if (!reader.finished) yield `has not heard the end (${reader.got.length} of ${stored.length})`
  if (reader.got.length !== stored.length) {
    yield `got ${reader.got.length} of ${stored.length} messages`
  }
  for (const [index, {seq, content}] of reader.got.entries()) {
    if (seq === index + 1 && content === stored[index]?.content) continue
    yield `message ${seq} at place ${index + 1} is not what is stored`
    return
  }
}
