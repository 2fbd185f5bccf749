import assert from 'node:assert/strict'
import {after, before, test} from 'node:test'
import {openDatabase} from '../../../server/database.js'
import {encodeCursor} from '../../../server/feed/cursor.js'
import {newId} from '../../../src/ids.js'
import {silentLog} from '../../../src/log.js'
import {complete, ended, followWithCuts, uploadAll} from '../../support/following.js'
import {openSse} from '../../support/sse-reader.js'
import {describeOnBoth, type TestDatabase} from '../../support/test-database.js'
import {texts} from '../../support/texts.js'
import {until} from '../../support/until.js'
import {startWorkServer, type WorkServer} from '../../support/work-server.js'

const upTo = (last: number) => Array.from({length: last}, (_, index) => index + 1)

describeOnBoth('following a task', (newDatabase) => {
  let database: TestDatabase
  let server: WorkServer
  before(async () => {
    database = await newDatabase()
    server = await startWorkServer(database)
    await server.owner('PUT', `/api/agents/${server.agentId}`, {body: {max_concurrent_tasks: 1000}})
  })
  after(() => server.stop())

  const address = (taskId: string, query = '') => `${server.url}/api/tasks/${taskId}/stream${query}`
  const follow = (taskId: string, query = '', headers: Record<string, string> = {}) =>
    openSse(address(taskId, query), {token: server.token, headers})

  test('every reader gets each of 1,500 messages once and in order, however it reads (fault A4)', async () => {
    const count = 1500
    const run = await server.run()
    const url = address(run.task.id)
    const steady = await follow(run.task.id)
    const stalled = await follow(run.task.id)
    stalled.pause()
    let chunks = 0
    const slow = await openSse(url, {
      token: server.token,
      onChunk(reader) {
        if (++chunks % 3 !== 0) return
        reader.pause()
        setTimeout(reader.resume, 5)
      },
    })
    const cuts = [
      followWithCuts(url, server.token, 'header'),
      followWithCuts(url, server.token, 'query'),
    ]
    await uploadAll(run, 1, count / 2)
    const late = await follow(run.task.id)
    const middle = await follow(run.task.id, '?since=700')
    await uploadAll(run, count / 2 + 1, count)
    assert.equal((await complete(run, count)).status, 200)
    stalled.resume()
    for (const reader of [steady, stalled, slow, late]) {
      await ended(reader)
      assert.deepEqual(reader.seqs(), upTo(count))
    }
    await ended(middle)
    assert.deepEqual(middle.seqs(), upTo(count).slice(700))
    for (const cut of await Promise.all(cuts)) {
      assert.deepEqual(cut.seqs, upTo(count))
      assert.equal(cut.finished, 1)
      assert.ok(cut.connections > 10)
    }
    for (const reader of [steady, stalled, slow, late, middle]) {
      const names = reader.events.map(({event}) => event)
      assert.equal(names.filter((name) => name === 'end').length, 1)
      assert.equal(names.at(-1), 'end')
      const end = JSON.parse(reader.events.at(-1)?.data ?? '')
      assert.deepEqual(
        [end.status, end.last_seq, end.end_reason],
        ['completed', count, 'completed'],
      )
    }
  })

  test('the head tells proxies to keep out of the way, and the ids are the seqs (fault K6)', async () => {
    const run = await server.run()
    await uploadAll(run, 1, 3)
    const reader = await follow(run.task.id, '', {'accept-encoding': 'gzip'})
    await until('messages came', () => reader.seqs().length === 3)
    assert.equal(reader.status, 200)
    assert.match(String(reader.headers['content-type']), /^text\/event-stream/)
    assert.equal(reader.headers['cache-control'], 'no-cache, no-transform')
    assert.equal(reader.headers['x-accel-buffering'], 'no')
    assert.equal(reader.headers['content-encoding'], undefined)
    assert.equal(reader.retryMs, 1000)
    assert.equal(reader.events[0]?.event, 'task:status')
    assert.equal(reader.events[0]?.id, undefined)
    const messages = reader.named('task:message')
    assert.deepEqual(
      messages.map(({id}) => id),
      ['1', '2', '3'],
    )
    const first = JSON.parse(messages[0]?.data ?? '')
    assert.deepEqual([first.task_id, first.issue_id], [run.task.id, run.issue.id])
    reader.close()
  })

  test('a text with line ends of every kind comes as it was', async () => {
    const run = await server.run()
    const content = 'a\r\nb\nc\rd\u2028e\u2029\n\ndata: x\n\nid: 9\n'
    await run.worker('POST', `${run.path}/messages`, {
      body: {messages: [{seq: 1, type: 'text', content}]},
    })
    const reader = await follow(run.task.id)
    await until('it came', () => reader.seqs().length === 1)
    assert.equal(JSON.parse(reader.named('task:message')[0]?.data ?? '').content, content)
    reader.close()
  })

  test('a queued task can be followed before its worker comes', async () => {
    const issue = (await server.assign()).body
    const reader = await follow(issue.enqueued_task_id)
    await until('its status came', () => reader.named('task:status').length === 1)
    assert.equal(JSON.parse(reader.events[0]?.data ?? '').status, 'queued')
    const {body} = await server.owner(
      'POST',
      `/api/daemon/runtimes/${server.runtimeId}/tasks/claim`,
    )
    assert.equal(body.task.id, issue.enqueued_task_id)
    await until('it was handed out', () => reader.named('task:status').length === 2)
    await server.owner('POST', `/api/tasks/${issue.enqueued_task_id}/cancel`)
    await until('the cancel came', () => reader.named('task:status').length === 3)
    assert.equal(reader.ended, false, 'its worker may still have something to say')
    reader.close()
  })

  test('a task that was cancelled in the queue ends at once', async () => {
    const issue = (await server.assign()).body
    const reader = await follow(issue.enqueued_task_id)
    await server.owner('POST', `/api/tasks/${issue.enqueued_task_id}/cancel`)
    await ended(reader)
    assert.equal(JSON.parse(reader.named('end')[0]?.data ?? '').status, 'cancelled')
  })

  test('who has everything of a closed transcript gets the end once, and then 204', async () => {
    const run = await server.run()
    await uploadAll(run, 1, 5)
    await complete(run, 5)
    const asked = await follow(run.task.id, '?since=5')
    await ended(asked)
    assert.deepEqual(
      asked.events.map(({event}) => event),
      ['task:status', 'end'],
    )
    const again = await follow(run.task.id, '', {'last-event-id': '5'})
    assert.equal(again.status, 204)
    const behind = await follow(run.task.id, '?since=5', {'last-event-id': '3'})
    await ended(behind)
    assert.deepEqual(behind.seqs(), [4, 5], 'the header goes before the query')
    assert.equal(behind.named('end').length, 1)
  })

  test('a lost run gets its end again and again, for it may come back, and 204 when it is closed', async () => {
    const run = await server.run()
    await uploadAll(run, 1, 5)
    const db = await openDatabase({url: database.url, log: silentLog})
    const change = (values: object) =>
      db.write(() => db.models.Task.update(values, {where: {id: run.task.id}}))
    await change({status: 'failed', end_reason: 'lost', completed_at: new Date()})
    for (let time = 0; time < 2; time++) {
      const lost = await follow(run.task.id, '', {'last-event-id': '5'})
      assert.equal(lost.status, 200)
      await ended(lost)
      assert.deepEqual(
        lost.events.map(({event}) => event),
        ['task:status', 'end'],
      )
    }
    await change({status: 'running', end_reason: null, completed_at: null})
    await uploadAll(run, 6, 6)
    const again = await follow(run.task.id, '', {'last-event-id': '5'})
    await until('it goes on', () => again.seqs().length === 1)
    assert.equal(JSON.parse(again.events[0]?.data ?? '').status, 'running')
    again.close()
    await change({status: 'failed', end_reason: 'lost', sealed_at: new Date(), last_seq: 6})
    await db.close()
    assert.equal((await follow(run.task.id, '', {'last-event-id': '6'})).status, 204)
  })

  test('a cancelled run that was given up ends, and what its worker brings later is taken', async () => {
    const run = await server.run()
    await uploadAll(run, 1, 5)
    const early = await follow(run.task.id)
    await server.owner('POST', `/api/tasks/${run.task.id}/cancel`)
    await until('the cancel came', () =>
      early.named('task:status').some(({data}) => JSON.parse(data).status === 'cancelled'),
    )
    assert.equal(early.ended, false, 'its worker may still have something to say')
    early.close()
    const db = await openDatabase({url: database.url, log: silentLog})
    await db.write(() =>
      db.models.Task.update({given_up_at: new Date()}, {where: {id: run.task.id}}),
    )
    await db.close()
    const heard = await follow(run.task.id, '?since=5')
    await ended(heard)
    const end = JSON.parse(heard.named('end')[0]?.data ?? '')
    assert.deepEqual([end.status, end.sealed, end.last_seq], ['cancelled', false, 5])
    // The server remembers for seconds that the run went on; a batch that it refuses makes it look.
    const hole = {messages: [{seq: 9, type: 'text', content: 'too early'}]}
    assert.equal((await run.worker('POST', `${run.path}/messages`, {body: hole})).status, 409)
    await uploadAll(run, 6, 8)
    const late = await follow(run.task.id, '?since=5')
    await until('its words came', () => late.seqs().length === 3)
    assert.equal(late.ended, false, 'its worker is back')
    const cancelled = await run.worker('POST', `${run.path}/cancelled`, {body: {last_seq: 8}})
    assert.equal(cancelled.status, 200)
    await ended(late)
    assert.deepEqual(late.seqs(), [6, 7, 8])
    const last = JSON.parse(late.named('end')[0]?.data ?? '')
    assert.deepEqual([last.sealed, last.last_seq], [true, 8])
  })

  test('only=status leaves the messages out, and hears of the end', async () => {
    const run = await server.run()
    const reader = await openSse(address(run.task.id, '?only=status'), {
      token: run.task.task_token ?? '',
    })
    await uploadAll(run, 1, 20)
    await run.worker('POST', `${run.path}/progress`, {body: {summary: 'half', step: 1, total: 2}})
    await until('progress came', () => reader.named('task:progress').length === 1)
    await server.owner('POST', `/api/tasks/${run.task.id}/cancel`)
    await until('the cancel came', () =>
      reader.named('task:status').some(({data}) => JSON.parse(data).status === 'cancelled'),
    )
    await run.worker('POST', `${run.path}/cancelled`, {body: {last_seq: 20}})
    await ended(reader)
    assert.deepEqual(reader.seqs(), [])
    assert.equal(reader.named('end').length, 1)
  })

  test('404 for what is not there or not the reader’s, 400 for a cursor that is none', async () => {
    const run = await server.run()
    assert.equal((await follow(newId())).status, 404)
    const stranger = await openSse(address(run.task.id), {token: await server.strangerToken()})
    assert.equal(stranger.status, 404)
    assert.equal((await openSse(address(run.task.id), {token: 'garbage'})).status, 401)
    for (const cursor of ['-1', '1.5', 'abc', '9'.repeat(40), '0x10', '2147483648']) {
      assert.equal((await follow(run.task.id, `?since=${cursor}`)).status, 400, cursor)
      assert.equal((await follow(run.task.id, '', {'last-event-id': cursor})).status, 400, cursor)
      const events = `${server.url}/api/events?workspace_id=${server.workspaceId}`
      const named = `${events}&task=${run.task.id}:${cursor}`
      assert.equal((await openSse(named, {token: server.token})).status, 400, cursor)
    }
    const {workspaceId, url, token} = server
    for (const [event, seq] of [
      [2 ** 31, 0],
      [0, 2 ** 31],
    ] as const) {
      const cursor = encodeCursor({workspaceId, event, tasks: {[run.task.id]: seq}})
      const events = `${url}/api/events?workspace_id=${workspaceId}&task=${run.task.id}`
      assert.equal((await openSse(`${events}&cursor=${cursor}`, {token})).status, 400)
    }
    const last = await follow(run.task.id, '?since=2147483647')
    await until('its status came', () => last.named('task:status').length === 1)
    last.close()
  })

  test('an idle task sends nothing twice to a reader who comes when nothing happens', async () => {
    const run = await server.run()
    await uploadAll(run, 1, 10)
    const reader = await follow(run.task.id, '?since=10')
    await until('its status came', () => reader.named('task:status').length === 1)
    await run.worker('POST', `${run.path}/messages`, {body: {messages: texts(9, 11)}})
    await until('the new one came', () => reader.seqs().length === 1)
    assert.deepEqual(reader.seqs(), [11])
    assert.equal(reader.named('task:status').length, 1)
    reader.close()
  })
})
