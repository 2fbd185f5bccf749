import {AppError} from '../../src/errors.js'
import type {Database} from '../database.js'
import {createBatchStore, type StoreBatches} from './batch-store.js'
import type {Batch, Waiting, Written} from './message-batch.js'

export interface MessageWriter {
  /**
   * Stores a batch, all of it or nothing; resolves when it is durable.
   * @throws AppError `gap`, `stale_claim`, `sealed`, 404, and `unavailable` for a database that does
   *   not take it now, or when too much waits for it
   */
  write(batch: Batch): Promise<Written>
}

const MAX_GROUP_ROWS = 500
const MAX_GROUP_CHARACTERS = 16 * 1024 * 1024
/** Of batches that are not answered yet; more would cost the server its life where the database is slow. */
const MAX_LANE_CHARACTERS = 64 * 1024 * 1024
/** On Postgres several groups are under way; a task always takes the same lane, so its order holds. */
const POSTGRES_LANES = 2

export interface WriterOptions {
  store?: StoreBatches
  /** Of each lane. */
  maxLaneCharacters?: number
}

/**
 * Groups concurrent batches: while one write is under way, those that arrive wait and then go
 * together, as one statement and one commit (performance §2). A group that fails is repeated batch
 * by batch, so that one bad row hurts nobody else; one for which there is no database is refused as a
 * whole, because each of its batches would wait as long for the same answer.
 */
export function createMessageWriter(
  db: Database,
  {store = createBatchStore(db), maxLaneCharacters = MAX_LANE_CHARACTERS}: WriterOptions = {},
): MessageWriter {
  const lanes = Array.from({length: db.dialect === 'sqlite' ? 1 : POSTGRES_LANES}, () =>
    createLane(store, maxLaneCharacters),
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

/** A batch that waits, with what it takes of the server's memory. */
interface Queued {
  waiting: Waiting
  characters: number
}

function createLane(store: StoreBatches, maxCharacters: number): (waiting: Waiting) => void {
  const queue: Queued[] = []
  let held = 0
  let busy = false
  const drain = async () => {
    busy = true
    while (queue.length > 0) {
      const group = takeGroup(queue)
      await writeGroup(
        store,
        group.map(({waiting}) => waiting),
      )
      for (const {characters} of group) held -= characters
    }
    busy = false
  }
  return (waiting) => {
    const characters = sizeOf(waiting.batch)
    // One that is too large by itself is taken when nothing else is there, and a keep-alive always.
    if (characters > 0 && held > 0 && held + characters > maxCharacters) {
      waiting.reject(tooMuch())
      return
    }
    held += characters
    queue.push({waiting, characters})
    if (!busy) void drain()
  }
}

const tooMuch = () =>
  new AppError('unavailable', 'more messages wait than the database takes; try again')

function takeGroup(queue: Queued[]): Queued[] {
  let rows = 0
  let characters = 0
  let count = 0
  for (const queued of queue) {
    rows += queued.waiting.batch.messages.length
    characters += queued.characters
    if (count > 0 && (rows > MAX_GROUP_ROWS || characters > MAX_GROUP_CHARACTERS)) break
    count++
  }
  return queue.splice(0, count)
}

function sizeOf({messages}: Batch): number {
  let size = 0
  for (const {payload, live} of messages) size += payload.length + (live?.length ?? 0)
  return size
}

async function writeGroup(store: StoreBatches, group: Waiting[]): Promise<void> {
  try {
    await store(group)
  } catch (error) {
    if (group.length === 1 || (error instanceof AppError && error.code === 'unavailable')) {
      for (const {reject} of group) reject(error)
      return
    }
    for (const one of group) await writeGroup(store, [one])
  }
}
