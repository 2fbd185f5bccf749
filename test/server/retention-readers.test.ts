import assert from 'node:assert/strict'
import {after, before, test} from 'node:test'
import {newId} from '../../src/ids.js'
import {complete, ended} from '../support/following.js'
import {createServiceFixture} from '../support/service-fixture.js'
import {openSse, type SseReader} from '../support/sse-reader.js'
import {describeOnBoth, type TestDatabase} from '../support/test-database.js'
import {texts} from '../support/texts.js'
import {until} from '../support/until.js'
import {type StartedRun, startWorkServer, type WorkServer} from '../support/work-server.js'

/** More than sockets hold. */
const LONG = 'x'.repeat(8000)
const COUNT = 1600
const BATCH = 400

/** Readers in the middle of a transcript that is deleted: nobody takes a part for the whole. */
describeOnBoth('reading while transcripts are deleted', (newDatabase) => {
  let database: TestDatabase
  let server: WorkServer
  before(async () => {
    database = await newDatabase()
    server = await startWorkServer(database)
  })
  after(() => server.stop())

  const endedRun = async (count: number, word?: string) => {
    const run = await server.run()
    for (let seq = 1; seq <= count; seq += BATCH) {
      const messages = texts(seq, Math.min(count, seq + BATCH - 1), word)
      const {status} = await run.worker('POST', `${run.path}/messages`, {body: {messages}})
      assert.equal(status, 200)
    }
    assert.equal((await complete(run, count)).status, 200)
    return run
  }
  const prune = async () => {
    const path = `/api/workspaces/${server.workspaceId}/prune`
    assert.equal((await server.owner('POST', path, {body: {older_than_days: 0}})).status, 200)
  }
  const open = (path: string, headers = {}) =>
    openSse(`${server.url}${path}`, {token: server.token, headers})
  const streamOf = (run: StartedRun) => `/api/tasks/${run.task.id}/stream`
  const assertUnbroken = (seqs: number[]) =>
    assert.deepEqual(
      seqs,
      seqs.map((_, index) => index + 1),
    )
  /** Reads a little and stops, so that the server waits in the middle of the transcript. */
  const stalled = async (path: string): Promise<SseReader> => {
    const reader = await open(path)
    await until('the first messages', () => reader.seqs().length > 10)
    reader.pause()
    return reader
  }

  test('a follower in the middle gets no hole and no end, and learns why when it asks again', async () => {
    const run = await endedRun(COUNT, LONG)
    const reader = await stalled(streamOf(run))
    await prune()
    reader.resume()
    await ended(reader)
    const seqs = reader.seqs()
    assertUnbroken(seqs)
    assert.ok(seqs.length < COUNT, 'the test must catch it in the middle')
    assert.equal(reader.named('end').length, 0)
    const again = await open(streamOf(run), {'last-event-id': String(seqs.length)})
    assert.equal(again.status, 410)
    const done = await open(streamOf(run), {'last-event-id': String(COUNT)})
    assert.equal(done.status, 204, 'who has everything is done')
  })

  test('a page that lacks messages is told to read anew, once', async () => {
    const run = await endedRun(COUNT, LONG)
    const {workspaceId} = server
    const path = `/api/events?workspace_id=${workspaceId}&task=${run.task.id}`
    const reader = await stalled(path)
    await prune()
    reader.resume()
    await until('it is told', () => reader.named('resync').length > 0)
    assertUnbroken(reader.seqs())
    const late = await open(path)
    await until('it is told', () => late.named('resync').length > 0)
    await server.owner('POST', '/api/issues', {body: {title: `Later ${newId()}`}})
    await until('events go on', () => late.named('issue:created').length > 0)
    assert.deepEqual([late.seqs(), late.named('resync').length], [[], 1])
    reader.close()
    late.close()
  })

  test('a download that is overtaken is cut, not ended', async () => {
    const run = await endedRun(COUNT, LONG)
    const response = await fetch(`${server.url}/api/tasks/${run.task.id}/messages?format=ndjson`, {
      headers: {authorization: `Bearer ${server.token}`, 'accept-encoding': 'identity'},
    })
    const body = response.body?.getReader() ?? assert.fail()
    await body.read()
    await prune()
    await assert.rejects(async () => {
      for (let part = await body.read(); !part.done; ) part = await body.read()
    })
  })

  test('rows that went after the run was looked up are not taken for an empty transcript', async () => {
    const run = await endedRun(40)
    const fixture = await createServiceFixture(database)
    const {Task, TaskMessage} = fixture.context.db.models
    const where = {id: run.task.id}
    const path = `/api/tasks/${run.task.id}`
    // As between the two readings of a request: the rows are gone, and the mark comes to light late.
    await TaskMessage.destroy({where: {task_id: run.task.id, seq: [1, 2, 3]}})
    const reader = await open(streamOf(run))
    await ended(reader)
    assert.deepEqual([reader.seqs(), reader.named('end').length], [[], 0], 'no hole, no end')
    await Task.update({pruned_at: new Date()}, {where})
    const page = await server.owner('GET', path)
    assert.equal(page.body.last_seq, 40)
    await fixture.close()
  })
})
