import assert from 'node:assert/strict'
import {after, before, test} from 'node:test'
import {openDatabase} from '../../server/database.js'
import {taskTopic} from '../../server/feed/wakeups.js'
import {enforceRetention, pruneTranscripts} from '../../server/services/retention.js'
import {silentLog} from '../../src/log.js'
import {complete, ended, uploadAll} from '../support/following.js'
import {createServiceFixture} from '../support/service-fixture.js'
import {openSse} from '../support/sse-reader.js'
import {describeOnBoth, type TestDatabase} from '../support/test-database.js'
import {type StartedRun, startWorkServer, type WorkServer} from '../support/work-server.js'

describeOnBoth('retention', (newDatabase) => {
  let database: TestDatabase
  let server: WorkServer
  before(async () => {
    database = await newDatabase()
    server = await startWorkServer(database)
    await server.owner('PUT', `/api/agents/${server.agentId}`, {body: {max_concurrent_tasks: 100}})
  })
  after(() => server.stop())

  const endedRun = async (count: number) => {
    const run = await server.run()
    await uploadAll(run, 1, count)
    await complete(run, count)
    return run
  }
  const prune = (days: number, more: object = {}) =>
    server.owner('POST', `/api/workspaces/${server.workspaceId}/prune`, {
      body: {older_than_days: days, ...more},
    })

  test('old transcripts go, runs and results stay, and everybody is told (fault H-11)', async () => {
    const old = await endedRun(30)
    const live = await server.run()
    await uploadAll(live, 1, 10)
    assert.deepEqual((await prune(1)).body, {tasks: 0, messages: 0, more: false}, 'not old enough')
    const told = (await prune(0, {dry_run: true})).body
    assert.deepEqual(told, {tasks: 1, messages: 30, more: false})
    const path = `/api/tasks/${old.task.id}`
    assert.equal((await server.owner('GET', `${path}/messages`)).body.length, 30)
    assert.deepEqual((await prune(0)).body, told)
    const task = (await server.owner('GET', path)).body
    assert.equal(task.result.output, 'done')
    assert.ok(task.pruned_at)
    for (const suffix of ['messages', 'messages/1', 'messages?format=ndjson', 'stream']) {
      const answer = await server.owner('GET', `${path}/${suffix}`)
      assert.deepEqual([answer.status, answer.body.code], [410, 'gone'], suffix)
      assert.match(answer.body.error, /transcript of run .* was deleted on \d{4}-\d\d-\d\d/)
    }
    const end = await openSse(`${server.url}${path}/stream?since=30`, {token: server.token})
    assert.equal(end.status, 200, 'who has everything may still hear the end')
    await ended(end)
    assert.equal(JSON.parse(end.named('end')[0]?.data ?? '{}').last_seq, 30)
    const list = await server.owner('GET', `/api/tasks/${live.task.id}/messages`)
    assert.equal(list.body.length, 10, 'a run that goes on keeps everything')
    assert.deepEqual((await prune(0)).body.tasks, 0)
    assert.equal((await complete(live, 10)).status, 200)
  })

  test('a run whose worker stays away goes as well, and its worker hears so', async () => {
    await prune(0)
    const run = await server.run()
    await uploadAll(run, 1, 4)
    await server.owner('POST', `/api/tasks/${run.task.id}/cancel`)
    assert.equal((await prune(0)).body.tasks, 0, 'its worker may still be heard')
    const db = await openDatabase({url: database.url, log: silentLog})
    const giveUp = {given_up_at: new Date()}
    await db.write(() => db.models.Task.update(giveUp, {where: {id: run.task.id}}))
    await db.close()
    const told = (await prune(0, {dry_run: true})).body
    assert.deepEqual(told, {tasks: 1, messages: 4, more: false})
    assert.deepEqual((await prune(0)).body, told)
    const late = await run.worker('POST', `${run.path}/messages`, {
      body: {messages: [{seq: 5, type: 'text', content: 'late'}]},
    })
    assert.deepEqual([late.status, late.body.code], [410, 'sealed'])
  })

  test('a workspace can have it done by itself, and can change its mind', async () => {
    const run = await endedRun(5)
    const path = `/api/workspaces/${server.workspaceId}`
    assert.equal((await server.owner('PATCH', path, {body: {retention_days: 0}})).status, 400)
    await server.owner('PATCH', path, {body: {retention_days: 7}})
    const fixture = await createServiceFixture(database)
    const later = (days: number) => ({
      ...fixture.context,
      now: () => new Date(Date.now() + days * 86_400_000),
    })
    await enforceRetention(later(6))
    const messages = `/api/tasks/${run.task.id}/messages`
    assert.equal((await server.owner('GET', messages)).status, 200)
    const changed = await server.owner('PATCH', path, {body: {retention_days: null}})
    assert.equal(changed.body.retention_days, null)
    await enforceRetention(later(8))
    assert.equal((await server.owner('GET', messages)).status, 200)
    await server.owner('PATCH', path, {body: {retention_days: 7}})
    await enforceRetention(later(8))
    assert.equal((await server.owner('GET', messages)).status, 410)
    await fixture.close()
  })

  test('what a server that died has begun is finished, and long transcripts go in portions', async () => {
    const run = await endedRun(1000)
    const fixture = await createServiceFixture(database)
    const {context} = fixture
    const {Task, TaskMessage} = context.db.models
    const left = () => TaskMessage.count({where: {task_id: run.task.id}})
    const dies = new AbortController()
    const stops = context.wakeups.subscribe(taskTopic(run.task.id), () => dies.abort())
    const what = {workspaceId: server.workspaceId, before: new Date(Date.now() + 1000)}
    await assert.rejects(pruneTranscripts(context, {...what, signal: dies.signal}))
    stops()
    assert.ok((await left()) > 0)
    await enforceRetention(context)
    assert.ok((await left()) > 0, 'the other server may be at it')
    await enforceRetention({...context, now: () => new Date(Date.now() + 700_000)})
    assert.equal(await left(), 0)
    assert.equal((await Task.findByPk(run.task.id))?.pruning, false)
    await fixture.close()
  })

  test('servers that prune at once share the work', async () => {
    const runs: StartedRun[] = []
    while (runs.length < 12) runs.push(await endedRun(50))
    const fixtures = [await createServiceFixture(database), await createServiceFixture(database)]
    const what = {workspaceId: server.workspaceId, before: new Date(Date.now() + 1000)}
    const answers = await Promise.all(fixtures.map(({context}) => pruneTranscripts(context, what)))
    const sum = (of: 'tasks' | 'messages') => answers.reduce((total, row) => total + row[of], 0)
    assert.deepEqual([sum('tasks'), sum('messages')], [runs.length, runs.length * 50])
    const {TaskMessage} = fixtures[0]?.context.db.models ?? assert.fail()
    assert.equal(await TaskMessage.count({where: {task_id: runs.map(({task}) => task.id)}}), 0)
    for (const fixture of fixtures) await fixture.close()
  })

  test('members without a role may not', async () => {
    const member = await server.addMember()
    const answer = await member('POST', `/api/workspaces/${server.workspaceId}/prune`, {
      body: {older_than_days: 0},
    })
    assert.equal(answer.status, 403)
  })
})
