import type {Database} from '../database.js'
import {createBatchStore, type StoreBatches} from './batch-store.js'
import type {Batch, Waiting, Written} from './message-batch.js'

export interface MessageWriter {
  /**
   * Stores a batch, all of it or nothing; resolves when it is durable.
   * @throws AppError `gap`, `stale_claim`, `sealed`, 404
   */
  write(batch: Batch): Promise<Written>
}

const MAX_GROUP_ROWS = 500
/** On Postgres several groups are under way; a task always takes the same lane, so its order holds. */
const POSTGRES_LANES = 2

/**
 * Groups concurrent batches: while one write is under way, those that arrive wait and then go
 * together, as one statement and one commit (performance §2). A group that fails is repeated batch
 * by batch, so that one bad row hurts nobody else.
 */
export function createMessageWriter(db: Database): MessageWriter {
  const store = createBatchStore(db)
  const lanes = Array.from({length: db.dialect === 'sqlite' ? 1 : POSTGRES_LANES}, () =>
    createLane(store),
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

function createLane(store: StoreBatches): (waiting: Waiting) => void {
  const queue: Waiting[] = []
  let busy = false
  const drain = async () => {
    busy = true
    while (queue.length > 0) await writeGroup(store, takeGroup(queue))
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

async function writeGroup(store: StoreBatches, group: Waiting[]): Promise<void> {
  try {
    await store(group)
  } catch (error) {
    if (group.length === 1) {
      group[0]?.reject(error)
      return
    }
    for (const one of group) await writeGroup(store, [one])
  }
}
