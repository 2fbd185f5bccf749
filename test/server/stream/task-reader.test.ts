import assert from 'node:assert/strict'
import {test} from 'node:test'
import {createFeed} from '../../../server/feed/feed.js'
import type {SseSession} from '../../../server/feed/sse-session.js'
import {serveTask} from '../../../server/feed/task-reader.js'
import {taskTopic} from '../../../server/feed/wakeups.js'
import {hashToken} from '../../../src/ids.js'
import {complete, uploadAll} from '../../support/following.js'
import {createServiceFixture} from '../../support/service-fixture.js'
import {describeOnBoth} from '../../support/test-database.js'
import {until} from '../../support/until.js'
import {startWorkServer} from '../../support/work-server.js'

describeOnBoth('a reader in the server', (newDatabase) => {
  test('the next page is read while one is written, and an empty one is no end', async () => {
    const database = await newDatabase()
    const server = await startWorkServer(database)
    const run = await server.run()
    await uploadAll(run, 1, 100)
    const {context, close} = await createServiceFixture(database)
    const feed = createFeed(context)
    const read: number[] = []
    const written: string[] = []
    let letGo = () => {}
    const session: SseSession = {
      signal: new AbortController().signal,
      async write(bytes) {
        const text = typeof bytes === 'string' ? bytes : bytes.plain.toString()
        written.push(text)
        if (text.includes('id: 100\n')) await new Promise<void>((resolve) => (letGo = resolve))
      },
      tryWrite: () => false,
      end: () => {},
    }
    const {channel, leave} = feed.join(run.task.id, () => {})
    const after = channel.after.bind(channel)
    channel.after = async (cursor) => {
      const page = await after(cursor)
      read.push(cursor)
      return page
    }
    const served = serveTask(feed, session, {
      taskId: run.task.id,
      cursor: 0,
      statusOnly: false,
      access: {watch: () => () => {}, stands: async () => true},
    })
    await until('the page after the one that is being written is read', () => read.includes(100))
    await uploadAll(run, 101, 103)
    assert.equal((await complete(run, 103)).status, 200)
    context.wakeups.wake(taskTopic(run.task.id))
    letGo()
    await served
    const ids = [...written.join('').matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))
    assert.deepEqual(
      ids,
      Array.from({length: 103}, (_, index) => index + 1),
    )
    assert.match(written.at(-1) ?? '', /^event: end\n/)
    leave()
    feed.stop()
    await close()
    await server.stop()
  })

  test('the stream of a worker ends when another claim has its task', async () => {
    const database = await newDatabase()
    const server = await startWorkServer(database)
    const {task} = await server.run()
    const {context, close} = await createServiceFixture(database)
    const feed = createFeed(context)
    const written: string[] = []
    const session: SseSession = {
      signal: new AbortController().signal,
      write: async (bytes) => void written.push(String(bytes)),
      tryWrite: () => false,
      end: () => {},
    }
    const served = serveTask(feed, session, {
      taskId: task.id,
      cursor: 0,
      statusOnly: true,
      access: {watch: () => () => {}, stands: async () => true},
      tokenHash: hashToken(task.task_token ?? ''),
    })
    await until('it follows', () => written.length > 0)
    await context.db.models.Task.update({token_hash: 'another'}, {where: {id: task.id}})
    context.wakeups.wake(taskTopic(task.id))
    await served
    assert.equal(written.length, 1)
    feed.stop()
    await close()
    await server.stop()
  })
})
