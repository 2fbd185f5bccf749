import {QueryTypes, type Transaction} from 'sequelize'
import {AppError, notFound} from '../../src/errors.js'
import type {TaskStatus} from '../../src/protocol/task.js'
import type {Database} from '../database.js'
import {insertRows, type NewRow} from './insert-rows.js'
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

export interface MessageWriter {
  /**
   * Stores a batch, all of it or nothing; resolves when it is durable.
   * @throws AppError `gap`, `stale_claim`, `sealed`, 404
   */
  write(batch: Batch): Promise<Written>
}

interface Waiting {
  batch: Batch
  resolve: (written: Written) => void
  reject: (error: unknown) => void
}

const MAX_GROUP_ROWS = 500
/** On Postgres several groups are under way; a task always takes the same lane, so its order holds. */
const POSTGRES_LANES = 4

/**
 * Groups concurrent batches: while one write is under way, those that arrive wait and then go
 * together, as one statement and one commit (performance §2). A group that fails is repeated batch
 * by batch, so that one bad row hurts nobody else.
 */
export function createMessageWriter(db: Database): MessageWriter {
  const lanes = Array.from({length: db.dialect === 'sqlite' ? 1 : POSTGRES_LANES}, () =>
    createLane(db),
  )
  return {
    write: (batch) =>
      new Promise((resolve, reject) => {
        const lane = lanes[laneOf(batch.taskId, lanes.length)]
        lane?.({batch, resolve, reject})
      }),
  }
}

const laneOf = (taskId: string, lanes: number): number =>
  Number.parseInt(taskId.slice(0, 8), 16) % lanes

function createLane(db: Database): (waiting: Waiting) => void {
  const queue: Waiting[] = []
  let busy = false
  const drain = async () => {
    busy = true
    while (queue.length > 0) await writeGroup(db, takeGroup(queue))
    busy = false
  }
  return (waiting) => {
    queue.push(waiting)
    if (!busy) void drain()
  }
}

function takeGroup(queue: Waiting[]): Waiting[] {
  let rows = 0
  let count = 0
  for (const {batch} of queue) {
    if (count > 0 && rows + batch.messages.length > MAX_GROUP_ROWS) break
    rows += batch.messages.length
    count++
  }
  return queue.splice(0, count)
}

async function writeGroup(db: Database, group: Waiting[]): Promise<void> {
  try {
    await storeAll(db, group)
  } catch (error) {
    if (group.length === 1) {
      group[0]?.reject(error)
      return
    }
    for (const one of group) await writeGroup(db, [one])
  }
}

/** Decides for every batch, then inserts all that is accepted with one statement. */
async function storeAll(db: Database, group: Waiting[]): Promise<void> {
  const settle: (() => void)[] = []
  const work = async (tx?: Transaction) => {
    settle.length = 0
    const heads = await readHeads(
      db,
      group.map(({batch}) => batch.taskId),
      tx,
    )
    const rows: NewRow[] = []
    for (const {batch, resolve, reject} of group) {
      try {
        const head = requireHead(heads.get(batch.taskId), batch)
        const given = batch.tokenHash === null ? await knownSeqs(db, batch, tx) : undefined
        const accepted = given ? renumber(batch, head, given) : newRows(batch, head)
        rows.push(...accepted)
        head.last_seq += accepted.length
        const written = {rows: accepted, lastSeq: head.last_seq, status: head.status}
        settle.push(() => resolve(written))
      } catch (error) {
        settle.push(() => reject(error))
      }
    }
    if (rows.length > 0) await insertRows(db, rows, tx)
  }
  // SQLite: the writer queue keeps everybody else out, so one statement needs no transaction.
  if (db.dialect === 'sqlite') await db.write(() => work())
  else await db.transaction(work)
  for (const answer of settle) answer()
}

interface Head {
  id: string
  status: TaskStatus
  token_hash: string | null
  sealed: number | boolean
  last_seq: number
}

/**
 * The tasks as they stand. On Postgres the rows are locked against a seal until the commit; inserts
 * of other batches are not kept out.
 */
async function readHeads(
  db: Database,
  taskIds: string[],
  tx?: Transaction,
): Promise<Map<string, Head>> {
  const lock = db.dialect === 'postgres' ? ' FOR SHARE OF t' : ''
  const rows = await db.sequelize.query<Head>(
    `SELECT t.id, t.status, t.token_hash, (t.sealed_at IS NOT NULL) AS sealed,
      COALESCE((SELECT MAX(m.seq) FROM task_message m WHERE m.task_id = t.id), 0) AS last_seq
     FROM agent_task_queue t WHERE t.id IN (:taskIds)${lock}`,
    {
      replacements: {taskIds: [...new Set(taskIds)]},
      type: QueryTypes.SELECT,
      ...(tx && {transaction: tx}),
    },
  )
  return new Map(rows.map((row) => [row.id, row]))
}

function requireHead(head: Head | undefined, batch: Batch): Head {
  if (!head) throw notFound('task')
  if (head.token_hash !== batch.tokenHash) {
    throw new AppError('stale_claim', 'another claim owns this task')
  }
  return head
}

/** What is new of a worker's batch. Repeats are ignored; a hole is refused (stream §3). */
function newRows(batch: Batch, head: Head): NewRow[] {
  const fresh = batch.messages.filter((message) => message.seq > head.last_seq)
  fresh.forEach((message, index) => {
    if (message.seq === head.last_seq + 1 + index) return
    throw new AppError('gap', `expected message ${head.last_seq + 1 + index}, got ${message.seq}`, {
      details: {expected_seq: head.last_seq + 1},
    })
  })
  if (fresh.length > 0 && head.sealed) throw new AppError('sealed', 'the transcript is closed')
  return fresh.map((message) => ({...message, taskId: batch.taskId, givenSeq: null}))
}

/** Numbers the messages of an original daemon in arrival order; repeats of its own numbers are ignored. */
function renumber(batch: Batch, head: Head, known: Set<number>): NewRow[] {
  const rows: NewRow[] = []
  for (const message of [...batch.messages].sort((a, b) => a.seq - b.seq)) {
    if (known.has(message.seq)) continue
    known.add(message.seq)
    const seq = head.last_seq + rows.length + 1
    rows.push({
      ...message,
      seq,
      payload: withSeq(message.payload, seq),
      live: message.live && withSeq(message.live, seq),
      taskId: batch.taskId,
      givenSeq: message.seq,
    })
  }
  return rows
}

const withSeq = (json: string, seq: number): string => JSON.stringify({...JSON.parse(json), seq})

async function knownSeqs(db: Database, batch: Batch, tx?: Transaction): Promise<Set<number>> {
  const seqs = batch.messages.map((message) => message.seq)
  if (seqs.length === 0) return new Set()
  const rows = await db.sequelize.query<{given_seq: number}>(
    'SELECT given_seq FROM task_message WHERE task_id = :taskId AND given_seq IN (:seqs)',
    {
      replacements: {taskId: batch.taskId, seqs},
      type: QueryTypes.SELECT,
      ...(tx && {transaction: tx}),
    },
  )
  return new Set(rows.map((row) => row.given_seq))
}
