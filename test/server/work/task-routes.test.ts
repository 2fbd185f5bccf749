import assert from 'node:assert/strict'
import {after, before, test} from 'node:test'
import {newId} from '../../../src/ids.js'
import {type Call, caller} from '../../support/call.js'
import {describeOnBoth} from '../../support/test-database.js'
import {startWorkServer, type WorkServer} from '../../support/work-server.js'

describeOnBoth('the routes of tasks and daemons', (newDatabase) => {
  let server: WorkServer

  before(async () => {
    server = await startWorkServer(await newDatabase())
  })
  after(() => server.stop())

  test('from the issue to the comment, with a restart in between', async () => {
    const {issue, task, worker, path} = await server.run()
    await server.restart()
    const progress = {summary: 'Reading', step: 1, total: 2}
    assert.equal((await worker('POST', `${path}/progress`, {body: progress})).status, 200)
    const active = await server.owner('GET', `/api/issues/${issue.identifier}/active-task`)
    assert.equal(active.body.task.id, task.id)
    assert.deepEqual(active.body.task.progress, progress)
    const gap = await worker('POST', `${path}/complete`, {body: {output: 'Done', last_seq: 1}})
    assert.equal(gap.status, 409)
    assert.equal(gap.body.code, 'gap')
    assert.equal(gap.body.expected_seq, 1)
    for (const _ of [1, 2]) {
      const done = await worker('POST', `${path}/complete`, {body: {output: 'Done', last_seq: 0}})
      assert.equal(done.status, 200)
      assert.equal(done.body.status, 'completed')
    }
    const comments = await server.owner('GET', `/api/issues/${issue.id}/comments`)
    assert.deepEqual(
      comments.body.map((comment: {content: string}) => comment.content),
      ['Done'],
    )
    const none = await server.owner('GET', `/api/issues/${issue.id}/active-task`)
    assert.deepEqual(none.body, {task: null})
    const runs = await server.owner('GET', `/api/issues/${issue.identifier}/tasks`)
    assert.deepEqual(
      runs.body.map((row: {id: string}) => row.id),
      [task.id],
    )
    const status = await server.owner('GET', `${path}/status`)
    assert.deepEqual(status.body, {status: 'completed'})
    const anywhere = await caller(server.url, server.token)('GET', `/api/tasks/${task.id}`)
    assert.equal(anywhere.body.issue_identifier, issue.identifier)
  })

  test('only the holder of the present token writes to a task', async () => {
    const {task, worker, path} = await server.run()
    const other = await server.run()
    const attempts: [Call, number, string | undefined][] = [
      [server.owner, 403, 'stale_claim'],
      [other.worker, 403, 'stale_claim'],
      [caller(server.url, `mult_${'0'.repeat(40)}`), 403, 'stale_claim'],
      [caller(server.url, `mul_${'0'.repeat(40)}`), 401, 'unauthorized'],
      [caller(server.url, undefined), 401, 'unauthorized'],
    ]
    for (const [call, status, code] of attempts) {
      for (const verb of ['start', 'complete', 'fail', 'session', 'progress']) {
        const answer = await call('POST', `${path}/${verb}`, {body: {}})
        assert.equal(answer.status, status, verb)
        assert.equal(answer.body.code, code)
      }
    }
    assert.equal((await server.owner('GET', `/api/tasks/${task.id}`)).body.status, 'running')
    const unknown = await worker('POST', `/api/daemon/tasks/${newId()}/start`, {body: {}})
    assert.equal(unknown.status, 404)
    assert.equal(unknown.body.error, 'task not found')
    for (const each of [{worker, path}, other]) {
      await each.worker('POST', `${each.path}/fail`, {body: {error: 'enough'}})
    }
  })

  test('an agent writes on its own issue only, and nowhere when its run has ended', async () => {
    const {issue, worker, path} = await server.run()
    const stranger = (await server.assign({assignee_type: null, assignee_id: null})).body
    const say = (id: string) =>
      worker('POST', `/api/issues/${id}/comments`, {body: {content: 'Hi'}})
    const comment = await say(issue.identifier)
    assert.equal(comment.status, 201)
    assert.equal(comment.body.author_type, 'agent')
    assert.equal(comment.body.author_name, 'claude')
    const done = {body: {status: 'in_review'}}
    assert.equal((await worker('PUT', `/api/issues/${issue.id}`, done)).body.status, 'in_review')
    assert.equal((await worker('GET', `/api/issues/${stranger.id}`)).status, 200)
    assert.equal((await say(stranger.id)).status, 403)
    assert.equal((await worker('PUT', `/api/issues/${stranger.id}`, done)).status, 403)
    assert.equal((await worker('DELETE', `/api/issues/${issue.id}`)).status, 403)
    await worker('POST', `${path}/fail`, {body: {error: 'enough'}})
    assert.equal((await say(issue.id)).status, 403)
  })

  test('cancel from the outside', async () => {
    const {task, worker, path} = await server.run()
    const cancelled = await server.owner('POST', `/api/tasks/${task.id}/cancel`)
    assert.equal(cancelled.body.status, 'cancelled')
    assert.equal((await worker('POST', `/api/tasks/${task.id}/cancel`)).status, 403)
    const late = await worker('POST', `${path}/complete`, {body: {output: 'x', last_seq: 0}})
    assert.equal(late.status, 409)
    assert.match(late.body.error, /cancelled/)
    const over = await worker('POST', `${path}/cancelled`, {body: {last_seq: 0}})
    assert.ok(over.body.sealed_at)
  })

  test('an original daemon works with the token of its user, and nobody else in its place', async () => {
    const registered = await server.owner('POST', '/api/daemon/register', {
      body: {workspace_id: server.workspaceId, daemon_id: 'old', runtimes: [{type: 'claude'}]},
    })
    const runtimeId = registered.body.runtimes[0].id
    const agent = await server.owner('POST', '/api/agents', {
      body: {name: 'old claude', runtime_id: runtimeId},
    })
    const issue = (await server.assign({assignee_id: agent.body.id})).body
    const claimPath = `/api/daemon/runtimes/${runtimeId}/tasks/claim`
    const member = await server.addMember()
    assert.equal((await member('POST', claimPath, {body: {}})).status, 404)
    const {task} = (await server.owner('POST', claimPath, {body: {}})).body
    assert.equal(task.task_token, undefined)
    assert.deepEqual((await server.owner('POST', claimPath, {body: {}})).body, {task: null})
    const path = `/api/daemon/tasks/${task.id}`
    assert.equal((await member('POST', `${path}/start`, {body: {}})).status, 404)
    assert.equal((await server.owner('POST', `${path}/start`, {body: {}})).status, 200)
    await server.owner('POST', `${path}/progress`, {body: {summary: 'Launching claude', step: 1}})
    const headers = {'x-agent-id': agent.body.id, 'x-task-id': task.id}
    const own = {body: {content: 'Working on it'}, headers}
    const comment = await server.owner('POST', `/api/issues/${issue.identifier}/comments`, own)
    assert.equal(comment.body.author_type, 'agent')
    const done = await server.owner('POST', `${path}/complete`, {body: {output: 'Done'}})
    assert.equal(done.body.status, 'completed')
    assert.deepEqual((await server.owner('GET', `${path}/status`)).body, {status: 'completed'})
    const late = await server.owner('POST', `/api/issues/${issue.id}/comments`, own)
    assert.equal(late.status, 403)
  })

  test('a run of one workspace changes nothing in another one (fault I5)', async () => {
    const made = await server.owner('POST', '/api/workspaces', {
      body: {name: 'Third', slug: 'third'},
    })
    const elsewhere = caller(server.url, server.token, made.body.id)
    const {body: issue} = await elsewhere('POST', '/api/issues', {body: {title: 'Theirs'}})
    const {task, path, worker} = await server.run()
    const agent = caller(server.url, task.task_token, made.body.id)
    for (const [method, route, body] of [
      ['PUT', `/api/issues/${issue.id}`, {title: 'Mine'}],
      ['POST', `/api/issues/${issue.id}/comments`, {content: 'x'}],
      ['GET', `/api/issues/${issue.id}`, undefined],
      ['GET', '/api/issues', undefined],
    ] as const) {
      const {status} = await agent(method, route, body ? {body} : {})
      assert.ok([403, 404].includes(status), `${method} ${route}: ${status}`)
    }
    assert.equal((await elsewhere('GET', `/api/issues/${issue.id}`)).body.title, 'Theirs')
    await worker('POST', `${path}/fail`, {body: {error: 'enough'}})
  })

  test('another workspace sees nothing of all this', async () => {
    const {issue, task, worker, path} = await server.run()
    const made = await server.owner('POST', '/api/workspaces', {
      body: {name: 'Other', slug: 'other'},
    })
    const elsewhere = caller(server.url, server.token, made.body.id)
    assert.equal((await elsewhere('GET', `/api/issues/${issue.id}`)).status, 404)
    assert.equal((await elsewhere('GET', '/api/tasks')).body.total, 0)
    const foreign = await elsewhere('POST', '/api/issues', {
      body: {title: 'x', assignee_type: 'agent', assignee_id: server.agentId},
    })
    assert.equal(foreign.body.field, 'assignee_id')
    assert.equal((await elsewhere('GET', `/api/tasks?issue_id=${issue.id}`)).status, 404)
    assert.equal((await worker('GET', `/api/issues?workspace_id=${made.body.id}`)).status, 404)
    await worker('POST', `${path}/fail`, {body: {error: 'enough'}})
    assert.ok(task)
  })
})
