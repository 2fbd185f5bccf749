import assert from 'node:assert/strict'
import {after, before, test} from 'node:test'
import {decodeCursor} from '../../../server/feed/cursor.js'
import {eventBounds} from '../../../server/feed/event-rows.js'
import {serveEvents} from '../../../server/feed/events-reader.js'
import {createFeed, type Feed} from '../../../server/feed/feed.js'
import type {SseSession} from '../../../server/feed/sse-session.js'
import {newId} from '../../../src/ids.js'
import type {WorkspaceEvent} from '../../../src/protocol/events.js'
import {describeOnBoth} from '../../support/test-database.js'
import {until} from '../../support/until.js'
import {createWorkBench, type WorkBench} from '../../support/work-bench.js'

describeOnBoth('a reader of events', (newDatabase) => {
  let bench: WorkBench
  let feed: Feed
  before(async () => {
    bench = await createWorkBench(await newDatabase())
    feed = createFeed(bench.context)
  })
  after(async () => {
    feed.stop()
    await bench.close()
  })

  const say = (count: number) =>
    bench.context.db.transaction((tx) =>
      bench.context.events.append(
        tx,
        bench.workspaceId,
        Array.from(
          {length: count},
          () => ({type: 'issue:deleted', payload: {issue_id: newId()}}) as WorkspaceEvent,
        ),
      ),
    )
  const newest = async () => (await eventBounds(bench.context, bench.workspaceId)).newest

  /** A reader whose socket takes something only when it is let. */
  const read = (event: number, tasks: Record<string, number> = {}) => {
    const over = new AbortController()
    const written: string[] = []
    let gate: Promise<void> | undefined
    const session: SseSession = {
      signal: over.signal,
      async write(bytes) {
        written.push(typeof bytes === 'string' ? bytes : bytes.plain.toString())
        await gate
      },
      tryWrite: () => false,
      end: () => {},
    }
    const served = serveEvents(bench.context, feed, session, {
      access: () => bench.owner,
      cursor: {workspaceId: bench.workspaceId, event, tasks},
      readerAccess: {watch: () => () => {}, stands: async () => true},
    })
    const text = () => written.join('')
    return {
      written,
      count: (name: string) => text().split(`event: ${name}\n`).length - 1,
      cursor: () => decodeCursor([...text().matchAll(/^id: (\S+)$/gm)].at(-1)?.[1] ?? ''),
      /** @returns lets go */
      stall(): () => void {
        let letGo = () => {}
        gate = new Promise((resolve) => {
          letGo = resolve
        })
        return () => {
          gate = undefined
          letGo()
        }
      },
      async close() {
        over.abort()
        await served
      },
    }
  }

  test('learns of events that were deleted while it took nothing, and goes on', async () => {
    await say(1)
    const from = await newest()
    const reader = read(from)
    await until('it reads', () => reader.count('cursor') === 1)
    const letGo = reader.stall()
    await say(1)
    await until('it takes nothing', () => reader.count('issue:deleted') === 1)
    await say(5)
    await bench.context.db.models.Event.destroy({
      where: {workspace_id: bench.workspaceId, seq: [from + 1, from + 2, from + 3]},
    })
    letGo()
    await until('it is told', () => reader.count('resync') === 1)
    assert.equal(reader.count('issue:deleted'), 1, 'nothing beyond the hole')
    assert.equal(reader.cursor()?.event, from + 6)
    await say(2)
    await until('events go on', () => reader.count('issue:deleted') === 3)
    assert.equal(reader.count('resync'), 1)
    assert.equal(reader.cursor()?.event, from + 8)
    await reader.close()
  })

  test('gets the messages of many tasks in turn, and no more at once than it can hold', async () => {
    const runtime = await bench.addRuntime()
    const agent = await bench.addAgent(runtime)
    const size = 100_000
    const tasks: Record<string, number> = {}
    const {TaskMessage} = bench.context.db.models
    for (let count = 0; count < 12; count++) {
      const {id} = await bench.addTask(agent)
      tasks[id] = 0
      for (let seq = 1; seq <= 8; seq++) {
        const payload = JSON.stringify({seq, type: 'text', content: 'x'.repeat(size)})
        await TaskMessage.create({task_id: id, seq, type: 'text', payload})
      }
    }
    const reader = read(await newest(), tasks)
    await until('all came', () => reader.count('task:message') === 12 * 8)
    const page = 384 * 1024 + size
    const largest = Math.max(...reader.written.map(({length}) => length))
    assert.ok(largest < 1024 * 1024 + page + 10_000, `${largest} bytes at once`)
    const seen = new Set<string>()
    for (const [index, text] of reader.written.entries()) {
      for (const [, id] of text.matchAll(/"task_id":"([^"]+)"/g)) seen.add(id ?? '')
      if (index === 6) assert.equal(seen.size, 12, 'nobody waits for the whole of another')
    }
    assert.deepEqual(
      Object.values(reader.cursor()?.tasks ?? {}),
      Array.from({length: 12}, () => 8),
    )
    await reader.close()
  })

  test('is told of a hole in the middle as well', async () => {
    await say(1)
    const from = await newest()
    await say(5)
    await bench.context.db.models.Event.destroy({
      where: {workspace_id: bench.workspaceId, seq: from + 3},
    })
    const reader = read(from)
    await until('it is told', () => reader.count('resync') === 1)
    assert.equal(reader.cursor()?.event, from + 5)
    await reader.close()
  })
})
