import assert from 'node:assert/strict'
import {after, before, test} from 'node:test'
import type {Options} from 'sequelize'
import {createFeed, type Feed} from '../../../server/feed/feed.js'
import {newId} from '../../../src/ids.js'
import type {WorkspaceEvent} from '../../../src/protocol/events.js'
import {describeOnBoth} from '../../support/test-database.js'
import {createWorkBench, type WorkBench} from '../../support/work-bench.js'

const READERS = 200

describeOnBoth('events that many pages read', (newDatabase) => {
  let bench: WorkBench
  let feed: Feed
  let queries = 0

  before(async () => {
    bench = await createWorkBench(await newDatabase())
    feed = createFeed(bench.context)
    const {options} = bench.context.db.sequelize as unknown as {options: Options}
    options.logging = (sql) => {
      if (/FROM event\b/.test(sql)) queries++
    }
  })
  after(async () => {
    feed.stop()
    await bench.close()
  })

  const say = (privateAgentId?: string) =>
    bench.context.db.transaction((tx) =>
      bench.context.events.append(
        tx,
        bench.workspaceId,
        [{type: 'issue:deleted', payload: {issue_id: newId()}} as WorkspaceEvent],
        privateAgentId ? {privateAgentId} : {},
      ),
    )

  /** Every reader reads on from a number until nothing is left. @returns what each has got */
  const readAll = (from: number) =>
    Promise.all(
      Array.from({length: READERS}, async () => {
        const {pages, leave} = feed.joinEvents(bench.workspaceId)
        const got: number[] = []
        for (;;) {
          const events = await pages.after(got.at(-1) ?? from)
          if (events.length === 0) break
          got.push(...events.map(({seq}) => seq))
        }
        return {got, leave}
      }),
    )

  test('cost one query for each piece of news, however many read', async () => {
    const stays = feed.joinEvents(bench.workspaceId)
    await say()
    const [first] = await stays.pages.after(0)
    assert.ok(first)
    let at = first.seq
    for (let round = 0; round < 3; round++) {
      await say()
      await say()
      queries = 0
      const readers = await readAll(at)
      assert.equal(queries, 1)
      for (const {got} of readers) assert.deepEqual(got, [at + 1, at + 2])
      at += 2
      for (const {leave} of readers) leave()
    }
    stays.leave()
  })

  test('keep the places that were used last, and no others', async () => {
    const {pages, leave} = feed.joinEvents(bench.workspaceId)
    for (let count = 0; count < 60; count++) await say()
    const newest = (await pages.after(0)).at(-1)?.seq ?? 0
    const stays = newest - 1
    queries = 0
    for (let place = newest - 60; place < newest - 1; place++) {
      await pages.after(place)
      await pages.after(stays)
    }
    const asked = queries
    await pages.after(stays)
    await pages.after(newest - 2)
    assert.equal(queries, asked, 'what was used is there')
    await pages.after(newest - 40)
    assert.equal(queries, asked)
    await pages.after(newest - 60)
    assert.equal(queries, asked + 1, 'what was not used is gone')
    leave()
  })

  test('are read anew after news that come while they are read', async () => {
    const {pages, leave} = feed.joinEvents(bench.workspaceId)
    await say()
    const before = (await pages.after(0)).at(-1)?.seq ?? 0
    const reading = pages.after(before)
    await say()
    const late = await reading
    assert.deepEqual(
      [...late, ...(await pages.after(late.at(-1)?.seq ?? before))].map(({seq}) => seq),
      [before + 1],
    )
    leave()
  })

  test('name the private agent that they speak of, also when it is gone', async () => {
    const agent = await bench.addAgent(await bench.addRuntime(), {visibility: 'private'})
    const {pages, leave} = feed.joinEvents(bench.workspaceId)
    await say()
    const from = (await pages.after(0)).at(-1)?.seq ?? 0
    await say(agent.id)
    await say(newId())
    const events = await pages.after(from)
    assert.equal(events[0]?.agent?.id, agent.id)
    assert.equal(events[1]?.agent, null)
    leave()
  })
})
