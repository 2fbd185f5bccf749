import {MAX_FIELD_BYTES} from '../../src/protocol/limits.js'
import {cleanText, cutText} from '../../src/protocol/message-limits.js'
import type {Task} from '../../src/protocol/task.js'
import type {TaskMessage} from '../../src/protocol/task-message.js'
import {digest, liveDigest} from './digest.js'
import type {ReaderRecord} from './reader-record.js'
import {linesOf, masked, type Script, SECRETS, type Utterance} from './script.js'

/** Numbers without holes, and the same messages in the worker's journal. */
export function* compareJournal(
  task: Task,
  stored: readonly TaskMessage[],
  journal: readonly TaskMessage[],
): Generator<string> {
  const misplaced = stored.findIndex(({seq}, index) => seq !== index + 1)
  if (misplaced >= 0) yield `message ${stored[misplaced]?.seq} stands at place ${misplaced + 1}`
  if (task.last_seq !== stored.length) yield `last_seq ${task.last_seq}, stored ${stored.length}`
  if (journal.length !== stored.length) {
    yield `the journal has ${journal.length} messages, the database ${stored.length}`
  }
  const different = stored.find(
    (message, index) => digest(message) !== (journal[index] && digest(journal[index])),
  )
  if (different) yield `message ${different.seq} differs from the journal's`
}

/** A run that has ended by itself has said everything; another one the beginning of it, and then why. */
export function* compareScript(
  task: Task,
  stored: readonly TaskMessage[],
  script: Script,
): Generator<string> {
  const says = script.steps.flatMap((step) => ('say' in step ? [step.say] : []))
  const expected = says.map(wordsOf)
  // What comes over standard error may stand between the pieces of a long text.
  const got = utterancesOf(stored.filter(({content}) => !content?.startsWith('chaos: ')))
  const isWhole = task.status === 'completed'
  if (isWhole && got.length !== expected.length) {
    yield `said ${expected.length} things, ${got.length} are stored`
  }
  for (const [index, words] of got.entries()) {
    if (words === expected[index]) continue
    // The last text of a run that was ended may have been cut in the middle; what follows is the closing.
    const isCut = expected[index]?.startsWith(words)
    const rest = got.slice(isCut ? index + 1 : index)
    const closing = isTorn(rest[0], says[index]) ? rest.slice(1) : rest
    if (!isWhole && closing.length <= 3 && closing.every(isClosing)) return
    yield `thing ${index + 1} is ${short(words)}, not ${short(expected[index])}`
    return
  }
}

const CLOSINGS =
  /^(tool_result .*the run ended before the tool answered|error .*(worker of this run died|ended by SIG|cannot be prepared|cannot be written|worker failed))/
const isClosing = (words: string): boolean => CLOSINGS.test(words)

/** Whether this is the beginning of a line that the agent was killed in: no message any more, but plain text. */
function isTorn(words: string | undefined, say: Utterance | undefined): boolean {
  if (!words || !say) return false
  // The tear may go through a secret, which is not known by its beginning, or through a letter.
  const sure = words.slice(0, Math.max(MIN_SURE, words.length - MAX_SECRET))
  const lines = linesOf(say).toString('utf8').split('\n')
  return lines.some((line) => masked(`text ${cleanText(line)}`).startsWith(sure))
}

const MIN_SURE = 25
const MAX_SECRET = Math.max(...SECRETS.map(({raw}) => raw.length))

const short = (text: string | undefined): string => JSON.stringify(text?.slice(0, 120))

/** What an utterance becomes, after the documented cuts, masks and replacements. */
function wordsOf(utterance: Utterance): string {
  switch (utterance.type) {
    case 'junk':
      return masked(`text ${cleanText(utterance.bytes.toString('utf8'))}`)
    case 'pieces':
      return masked(`text ${utterance.pieces.join('')}`)
    case 'tool_use':
      return masked(
        `tool_use ${utterance.call_id} ${utterance.tool} ${JSON.stringify(utterance.input)}`,
      )
    case 'tool_result': {
      const output = cutText(masked(utterance.output), MAX_FIELD_BYTES)
      return `tool_result ${utterance.call_id} ${utterance.is_error} ${output}`
    }
    default:
      return masked(`${utterance.type} ${utterance.content}`)
  }
}

/** Messages as utterances again: pieces of one block are one text. */
function utterancesOf(messages: readonly TaskMessage[]): string[] {
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

/** Digests of a transcript as the two kinds of readers get it. */
export interface Expected {
  whole: string[]
  live: string[]
}

export const expectedOf = (stored: readonly TaskMessage[]): Expected => ({
  whole: stored.map(digest),
  live: stored.map(liveDigest),
})

/** Every reader has every message once, in order, and was told the true end. */
export function* compareReader(
  task: Task,
  {whole, live}: Expected,
  reader: ReaderRecord,
): Generator<string> {
  yield* reader.violations
  const expected = reader.name === 'task tail' ? whole : live
  const leftEarly = reader.wasLost && reader.end === undefined
  if (reader.got.length !== expected.length && !leftEarly) {
    yield `got ${reader.got.length} of ${expected.length} messages`
  }
  const different = reader.got.findIndex((one, index) => one !== expected[index])
  if (different >= 0) yield `message ${different + 1} is not what is stored`
  if (reader.end !== task.status && !leftEarly) {
    yield `was told that the run is ${reader.end}, which is ${task.status}`
  }
}
