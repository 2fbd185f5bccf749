import {Op} from 'sequelize'
import type {StoredTaskMessage, TaskMessage} from '../../src/protocol/task-message.js'
import type {ServerContext} from '../context.js'
import {lastSeq} from './last-seq.js'
import {readNewest} from './stored-messages.js'

/** Characters of messages that a page carries at most; what is earlier is read on demand. */
const MAX_CHARACTERS = 1_500_000
/** As many characters have at most so many bytes, so nothing that fits is left unread. */
const MAX_BYTES = 3 * MAX_CHARACTERS

export interface TranscriptTail {
  /** The newest messages, in the short form of the live stream (stream §2). */
  messages: StoredTaskMessage[]
  /** Seq of the first of them, or of the first that will come. */
  from: number
  lastSeq: number
  /** Tool calls before them. */
  earlierToolCalls: number
}

/** The end of a run's transcript, for a page that goes on from there. */
export async function readTranscriptTail(
  context: ServerContext,
  task: {id: string; issue_id: string | null; pruned_at: string | null; last_seq: number},
  limit: number,
): Promise<TranscriptTail> {
  if (task.pruned_at) {
    return {messages: [], from: task.last_seq + 1, lastSeq: task.last_seq, earlierToolCalls: 0}
  }
  const newest = await lastSeq(context.db, task.id)
  const range = {after: Math.max(0, newest - limit), upTo: newest, bytes: MAX_BYTES}
  const rows = await readNewest(context.db, task.id, range)
  let first = rows.length
  let characters = 0
  while (first > 0) {
    characters += rows[first - 1]?.json.length ?? 0
    if (characters > MAX_CHARACTERS && first < rows.length) break
    first--
  }
  const kept = rows.slice(first)
  const from = kept[0]?.seq ?? newest + 1
  return {
    messages: kept.map((row) => ({
      ...(JSON.parse(row.json) as TaskMessage),
      task_id: task.id,
      issue_id: task.issue_id,
    })),
    from,
    lastSeq: kept.at(-1)?.seq ?? newest,
    earlierToolCalls: from > 1 ? await countToolCalls(context, task.id, from) : 0,
  }
}

async function countToolCalls(
  context: ServerContext,
  taskId: string,
  before: number,
): Promise<number> {
  const {TaskMessage: Messages} = context.db.models
  return Messages.count({where: {task_id: taskId, type: 'tool_use', seq: {[Op.lt]: before}}})
}
