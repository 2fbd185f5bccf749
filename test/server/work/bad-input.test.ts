import assert from 'node:assert/strict'
import {after, before, test} from 'node:test'
import {newId} from '../../../src/ids.js'
import {describeOnBoth} from '../../support/test-database.js'
import {startWorkServer, type WorkServer} from '../../support/work-server.js'

describeOnBoth('bad input', (newDatabase) => {
  let server: WorkServer

  before(async () => {
    server = await startWorkServer(await newDatabase())
  })
  after(() => server.stop())

  test('what is not there is 404', async () => {
    for (const id of [newId(), 'LOC-99999', 'XXX-1', 'nonsense', '-1']) {
      for (const [method, path] of [
        ['GET', ''],
        ['PUT', ''],
        ['DELETE', ''],
        ['GET', '/comments'],
        ['POST', '/comments'],
        ['GET', '/timeline'],
        ['GET', '/active-task'],
        ['GET', '/tasks'],
      ] as const) {
        const body = method === 'GET' ? {} : {body: {title: 'x', content: 'x'}}
        const answer = await server.owner(method, `/api/issues/${id}${path}`, body)
        assert.equal(answer.status, 404, `${method} ${path}`)
        assert.equal(answer.body.error, 'issue not found')
      }
      assert.equal((await server.owner('GET', `/api/tasks/${id}`)).status, 404)
      assert.equal((await server.owner('POST', `/api/tasks/${id}/cancel`)).status, 404)
      assert.equal(
        (await server.owner('PUT', `/api/comments/${id}`, {body: {content: 'x'}})).status,
        404,
      )
      assert.equal((await server.owner('DELETE', `/api/comments/${id}`)).status, 404)
      const claimed = await server.owner('POST', `/api/daemon/runtimes/${id}/tasks/claim`)
      assert.equal(claimed.body.error, 'runtime not found')
      assert.equal(claimed.status, 404)
      const beat = await server.owner('POST', '/api/daemon/heartbeat', {body: {runtime_id: id}})
      assert.equal(beat.status, 404)
    }
  })

  test('what is wrong is 400 and names the field', async () => {
    const issue = (await server.assign({status: 'backlog'})).body
    const wrong: [string, string, unknown, string][] = [
      ['POST', '/api/issues', {}, 'title'],
      ['POST', '/api/issues', {title: ' '}, 'title'],
      ['POST', '/api/issues', {title: 'x', status: 'open'}, 'status'],
      ['POST', '/api/issues', {title: 'x', priority: 1}, 'priority'],
      ['POST', '/api/issues', {title: 'x', due_date: 'tomorrow'}, 'due_date'],
      ['POST', '/api/issues', {title: 'x', parent_issue_id: newId()}, 'parent_issue_id'],
      ['POST', '/api/issues', {title: 'x', assignee_type: 'agent'}, 'assignee_id'],
      [
        'POST',
        '/api/issues',
        {title: 'x', assignee_type: 'agent', assignee_id: newId()},
        'assignee_id',
      ],
      [
        'PUT',
        `/api/issues/${issue.id}`,
        {assignee_type: 'member', assignee_id: 'me'},
        'assignee_id',
      ],
      ['PATCH', `/api/issues/${issue.id}`, {status: 'open'}, 'status'],
      ['POST', `/api/issues/${issue.id}/comments`, {content: ' '}, 'content'],
      ['POST', `/api/issues/${issue.id}/comments`, {content: 'x', parent_id: newId()}, 'parent_id'],
      ['GET', '/api/issues?limit=ten', undefined, 'limit'],
      ['GET', '/api/issues?offset=-1', undefined, 'offset'],
      ['GET', '/api/issues?status=open', undefined, 'status'],
      ['GET', '/api/issues?assignee_id=me', undefined, 'assignee_id'],
      ['GET', '/api/tasks?status=open', undefined, 'status'],
      ['GET', `/api/issues/${issue.id}/timeline?limit=2&before=x`, undefined, 'before'],
      ['POST', '/api/daemon/register', {workspace_id: server.workspaceId}, 'daemon_id'],
      [
        'POST',
        '/api/daemon/register',
        {workspace_id: server.workspaceId, daemon_id: 'x', runtimes: []},
        'runtimes',
      ],
      ['POST', '/api/daemon/deregister', {}, 'runtime_ids'],
      ['POST', '/api/daemon/heartbeat', {}, 'runtime_id'],
    ]
    for (const [method, path, body, field] of wrong) {
      const answer = await server.owner(method, path, body === undefined ? {} : {body})
      assert.equal(answer.status, 400, `${method} ${path} ${JSON.stringify(body)}`)
      assert.equal(answer.body.field, field, JSON.stringify(answer.body))
    }
    for (const body of ['{', '', '[]', '"x"', 'null']) {
      const answer = await server.owner('POST', '/api/issues', {body})
      assert.equal(answer.status, 400, body)
    }
  })

  test('what is too large is 413, results may be larger than the rest', async () => {
    const big = {content: 'x'.repeat(1_100_000)}
    const issue = (await server.assign({status: 'backlog'})).body
    const refused = await server.owner('POST', `/api/issues/${issue.id}/comments`, {body: big})
    assert.equal(refused.status, 413)
    assert.equal(refused.body.code, 'too_large')
    const {worker, path} = await server.run()
    const output = 'x'.repeat(1_500_000)
    const done = await worker('POST', `${path}/complete`, {body: {output, last_seq: 0}})
    assert.equal(done.status, 200)
    assert.equal(done.body.result.output.length, 1024 * 1024)
    const again = await worker('POST', `${path}/complete`, {body: {output, last_seq: 0}})
    assert.equal(again.status, 200)
  })

  test('texts that a database cannot hold are cleaned', async () => {
    const made = await server.owner('POST', '/api/issues', {
      body: '{"title":"a\\u0000b","description":"c\\ud800d"}',
    })
    assert.equal(made.status, 201)
    assert.equal(made.body.title, 'a\uFFFDb')
    assert.equal(made.body.description, 'c\uFFFDd')
  })

  test('a repeated creating call creates once (fault C10)', async () => {
    const options = {body: {title: 'Once'}, headers: {'idempotency-key': newId()}}
    const first = await server.owner('POST', '/api/issues', options)
    const second = await server.owner('POST', '/api/issues', options)
    assert.equal(second.body.id, first.body.id)
    assert.equal(second.status, 201)
  })
})
