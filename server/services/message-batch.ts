import type {TaskStatus} from '../../src/protocol/task.js'
import type {NewRow} from './insert-rows.js'
import type {PreparedMessage} from './prepare-messages.js'

/** Messages of one upload that wait to be written. */
export interface Batch {
  taskId: string
  /** Null for a daemon of the original: the server numbers its messages (stream §8). */
  tokenHash: string | null
  messages: PreparedMessage[]
}

/** What was stored of a batch. */
export interface Written {
  rows: NewRow[]
  lastSeq: number
  status: TaskStatus
}

/** A batch in the writer's queue. */
export interface Waiting {
  batch: Batch
  resolve: (written: Written) => void
  reject: (error: unknown) => void
}

/** A task as a batch finds it. */
export interface Head {
  id: string
  status: TaskStatus
  token_hash: string | null
  /** Nothing can be added any more: closed, or deleted. */
  sealed: number | boolean
  last_seq: number
}
