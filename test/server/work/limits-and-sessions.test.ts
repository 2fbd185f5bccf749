import assert from 'node:assert/strict'
import {after, before, test} from 'node:test'
import {type Call, caller} from '../../support/call.js'
import {describeOnBoth} from '../../support/test-database.js'
import {startWorkServer, type WorkServer} from '../../support/work-server.js'

describeOnBoth('what a claim says of costs and sessions', (newDatabase) => {
  let server: WorkServer
  before(async () => {
    server = await startWorkServer(await newDatabase())
  })
  after(() => server.stop())

  const claim = async () => {
    const path = `/api/daemon/runtimes/${server.runtimeId}/tasks/claim`
    const {task} = (await server.owner('POST', path)).body
    const worker: Call = (...call) => caller(server.url, task.task_token)(...call)
    const post = async (what: string, body: object = {}) => {
      const answer = await worker('POST', `/api/daemon/tasks/${task.id}/${what}`, {body})
      assert.equal(answer.status, 200, JSON.stringify(answer.body))
    }
    await post('start')
    return {task, worker, post}
  }
  const setLimit = (max_cost_usd: number | null) =>
    server.owner('PUT', `/api/agents/${server.agentId}`, {body: {max_cost_usd}})

  test('the limit of a retry counts before that of the issue, and that before the agent’s', async () => {
    await setLimit(3)
    await server.assign()
    const first = await claim()
    assert.equal(first.task.max_cost_usd, 3)
    await first.post('complete', {output: 'done', last_seq: 0})
    await server.assign({max_cost_usd: 2})
    const second = await claim()
    assert.equal(second.task.max_cost_usd, 2)
    await second.post('fail', {error: 'too much', reason: 'cost_limit', last_seq: 0})
    const path = `/api/tasks/${second.task.id}/retry`
    await server.owner('POST', path, {body: {max_cost_usd: 5}})
    const third = await claim()
    assert.equal(third.task.max_cost_usd, 5)
    await third.post('fail', {error: 'x', reason: 'cost_limit', last_seq: 0})
    const {body: tasks} = await server.owner('GET', `/api/issues/${third.task.issue_id}/tasks`)
    assert.equal(tasks.length, 2, 'a run that has reached its limit is not tried again')
    await setLimit(null)
  })

  test('an agent cannot change what it may cost, nor where it works', async () => {
    await server.assign({max_cost_usd: 1})
    const {task, worker, post} = await claim()
    for (const body of [{max_cost_usd: 1000}, {local_dir: {path: '/'}}, {local_dir: null}]) {
      const answer = await worker('PATCH', `/api/issues/${task.issue_id}`, {body})
      assert.equal(answer.status, 403)
    }
    const owner = await server.owner('PATCH', `/api/issues/${task.issue_id}`, {
      body: {max_cost_usd: null},
    })
    assert.equal(owner.body.max_cost_usd, null)
    await post('complete', {output: 'done', last_seq: 0})
  })

  test('a rejected session is never handed out again, nor after a restart (faults F1, F3)', async () => {
    await server.assign()
    const first = await claim()
    await first.post('session', {session_id: 's1', work_dir: '/w'})
    await first.post('complete', {output: 'done', session_id: 's1', work_dir: '/w', last_seq: 0})
    const again = (id: string) =>
      server.owner('POST', `/api/tasks/${id}/retry`, {body: {resume: true}})
    await again(first.task.id)
    const second = await claim()
    assert.equal(second.task.prior_session_id, 's1')
    const rejected_session_ids = ['s1']
    await second.post('fail', {
      error: 'no',
      reason: 'agent_error',
      session_id: 's1',
      rejected_session_ids,
      last_seq: 0,
    })
    await server.restart()
    await again(second.task.id)
    const third = await claim()
    assert.equal(third.task.prior_session_id, undefined)
    await third.post('session', {session_id: 's3', work_dir: '/w'})
    await server.owner('POST', `/api/tasks/${third.task.id}/cancel`)
    await third.post('cancelled', {last_seq: 0})
    await again(third.task.id)
    const fourth = await claim()
    assert.equal(fourth.task.prior_session_id, 's3', 'a cancelled run is resumed (fault F6)')
    await fourth.post('complete', {output: 'done', last_seq: 0})
  })
})
