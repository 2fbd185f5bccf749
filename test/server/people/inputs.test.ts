import assert from 'node:assert/strict'
import {after, before, test} from 'node:test'
import type {TaskInput} from '../../../src/protocol/task-request.js'
import {caller} from '../../support/call.js'
import {describeOnBoth} from '../../support/test-database.js'
import {type StartedRun, startWorkServer, type WorkServer} from '../../support/work-server.js'

describeOnBoth('messages for running agents', (newDatabase) => {
  let server: WorkServer
  before(async () => {
    server = await startWorkServer(await newDatabase())
    await server.owner('PUT', `/api/agents/${server.agentId}`, {body: {max_concurrent_tasks: 100}})
  })
  after(() => server.stop())

  const send = ({task}: StartedRun, text: string) =>
    server.owner('POST', `/api/tasks/${task.id}/inputs`, {body: {text}})
  const pending = async (run: StartedRun): Promise<TaskInput[]> =>
    (await run.worker('GET', `${run.path}/inbox`)).body.inputs
  const settle = (run: StartedRun, id: string, status: string) =>
    run.worker('POST', `${run.path}/inputs/${id}`, {body: {status}})
  const comments = async ({issue}: StartedRun): Promise<{content: string; author_type: string}[]> =>
    (await server.owner('GET', `/api/issues/${issue.id}/comments`)).body
  const statusOf = async ({task}: StartedRun, id: string) =>
    (await server.owner('GET', `/api/tasks/${task.id}/inputs/${id}`)).body.status
  const finish = (run: StartedRun, path: string, body: object) =>
    run.worker('POST', `${run.path}/${path}`, {body})

  /** The runs that wait now; they are cancelled, so that the next test finds an empty queue. */
  const followers = async ({issue}: StartedRun): Promise<number> => {
    const tasks = await server.owner('GET', `/api/issues/${issue.id}/tasks`)
    const queued = tasks.body.filter((task: {status: string}) => task.status === 'queued')
    for (const {id} of queued) await server.owner('POST', `/api/tasks/${id}/cancel`)
    return queued.length
  }

  test('wait for the worker in their order, with their author', async () => {
    const run = await server.run()
    const sent = [await send(run, 'one'), await send(run, ' two ')]
    assert.deepEqual(
      sent.map(({status, body}) => [status, body.status]),
      [
        [201, 'pending'],
        [201, 'pending'],
      ],
    )
    await server.restart()
    const waiting = await pending(run)
    assert.deepEqual(
      waiting.map(({text}) => text),
      ['one', 'two'],
    )
    assert.notEqual(waiting[0]?.author.name, '')
    for (const _ of [1, 2]) await settle(run, waiting[0]?.id ?? '', 'delivered')
    assert.equal((await pending(run)).length, 1)
    assert.equal(await statusOf(run, waiting[0]?.id ?? ''), 'delivered')
  })

  test('that no agent takes become a comment of their author, once, and a next run', async () => {
    const run = await server.run()
    const {body} = await send(run, 'please')
    for (const _ of [1, 2]) await settle(run, body.id, 'deferred')
    assert.equal(await statusOf(run, body.id), 'deferred')
    await finish(run, 'complete', {output: 'Done', last_seq: 0})
    const all = await comments(run)
    assert.deepEqual(
      all.filter(({author_type: type}) => type === 'member').map(({content}) => content),
      ['please'],
    )
    assert.equal(await followers(run), 1)
  })

  test('that came too late for a run are for the next one', async () => {
    const run = await server.run()
    const {body} = await send(run, 'and one more thing')
    await finish(run, 'fail', {error: 'no', last_seq: 0})
    assert.equal(await statusOf(run, body.id), 'deferred')
    assert.ok((await comments(run)).some(({content}) => content === 'and one more thing'))
    assert.equal(await followers(run), 1)
  })

  test('of a cancelled run start nothing', async () => {
    const run = await server.run()
    await send(run, 'hello?')
    await server.owner('POST', `/api/tasks/${run.task.id}/cancel`)
    assert.ok((await comments(run)).some(({content}) => content === 'hello?'))
    assert.equal(await followers(run), 0)
  })

  test('for a run that has ended are refused with the way that is left', async () => {
    const run = await server.run()
    await finish(run, 'complete', {output: 'Done', last_seq: 0})
    const late = await send(run, 'too late')
    assert.equal(late.status, 409)
    assert.match(late.body.error, new RegExp(`multica issue comment add ${run.issue.identifier}`))
  })

  test('come from people of the workspace alone', async () => {
    const run = await server.run()
    const path = `/api/tasks/${run.task.id}/inputs`
    const body = {text: 'x'}
    const stranger = caller(server.url, await server.strangerToken())
    assert.equal((await stranger('POST', path, {body})).status, 404)
    assert.equal((await run.worker('POST', path, {body})).status, 403)
    const member = await server.addMember()
    assert.equal((await member('POST', path, {body})).status, 201)
    assert.equal((await send(run, '  ')).status, 400)
  })
})
