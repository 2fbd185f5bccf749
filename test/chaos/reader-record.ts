import type {TaskMessage} from '../../src/protocol/task-message.js'
import {digest} from './digest.js'

/** What one reader of one task has got. */
export interface ReaderRecord {
  name: string
  taskId: string
  /** A digest of each message, in the order of its number. */
  got: string[]
  /** Status with which the task ended, as this reader was told. */
  end: string | undefined
  /** The run was given up, its worker being away; such an end is not the last word (stream §7). */
  wasLost: boolean
  /** What must not be: repeats, holes, another task's messages, a wrong exit code. */
  violations: string[]
  connections: number
}

export const newRecord = (name: string, taskId: string): ReaderRecord => ({
  name,
  taskId,
  got: [],
  end: undefined,
  wasLost: false,
  violations: [],
  connections: 0,
})

type Received = TaskMessage & {task_id?: string}

/** Takes the message behind the last one; everything else is a violation. */
export function take(record: ReaderRecord, message: Received): void {
  const {seq, task_id} = message
  if (task_id !== record.taskId) complain(record, `got a message of task ${task_id}`)
  if (seq !== record.got.length + 1) {
    complain(record, `expected message ${record.got.length + 1}, got ${seq}`)
    return
  }
  record.got.push(digest(message))
}

/** A repeat that the reader asked for must be the same message. */
export function takeAgain(record: ReaderRecord, message: Received): void {
  const {seq} = message
  if (record.got[seq - 1] !== digest(message)) {
    complain(record, `message ${seq} is another one when it is read again`)
  }
}

export function complain(record: ReaderRecord, text: string): void {
  // A reader that has lost its place would fill the report.
  if (record.violations.length < 5) record.violations.push(text)
}
