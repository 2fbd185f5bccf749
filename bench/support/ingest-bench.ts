import {createFeed} from '../../server/feed/feed.js'
import {createMessageWriter} from '../../server/services/message-writer.js'
import {prepareMessages} from '../../server/services/prepare-messages.js'
import {newId} from '../../src/ids.js'
import type {TestDatabase} from '../../test/support/test-database.js'
import {createWorkBench, type WorkBench} from '../../test/support/work-bench.js'
import {contentOf} from '../load/sample-messages.js'

export const BATCH = 10
const CONTENT = contentOf(420)

/** The product's writer on a database, with tasks that take batches. */
export interface IngestBench {
  bench: WorkBench
  taskIds: string[]
  /** Stores the next batch of a task, and tells its readers. */
  write(lane: number): Promise<void>
  /** The batch's messages as they are stored, for a reference. */
  payloads(first: number): string[]
}

/** @param tasks how many can have a batch under way, each one at a time */
export async function openIngestBench(database: TestDatabase, tasks: number): Promise<IngestBench> {
  const bench = await createWorkBench(database)
  const runtime = await bench.addRuntime()
  const agent = await bench.addAgent(runtime)
  const taskIds: string[] = []
  for (let made = 0; made < tasks; made++) {
    const task = await bench.addTask(agent, {status: 'running'})
    await task.update({token_hash: newId()})
    taskIds.push(task.id)
  }
  const hashes = await Promise.all(taskIds.map(async (id) => (await bench.row(id)).token_hash))
  const writer = createMessageWriter(bench.context.db)
  const feed = createFeed(bench.context)
  const seqs = taskIds.map(() => 0)
  return {
    bench,
    taskIds,
    async write(lane) {
      const taskId = taskIds[lane] ?? ''
      const first = (seqs[lane] ?? 0) + 1
      const messages = prepareMessages(messagesFrom(first), (message) => message)
      const {rows, lastSeq} = await writer.write({
        taskId,
        tokenHash: hashes[lane] ?? null,
        messages,
      })
      seqs[lane] = lastSeq
      feed.published(taskId, rows)
    },
    payloads: (first) => messagesFrom(first).map((message) => JSON.stringify(message)),
  }
}

const messagesFrom = (first: number) =>
  Array.from({length: BATCH}, (_, index) => ({
    seq: first + index,
    type: 'text',
    at: '2026-01-01T00:00:00.000Z',
    block: 1,
    content: CONTENT,
  }))
