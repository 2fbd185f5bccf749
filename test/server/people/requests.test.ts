import assert from 'node:assert/strict'
import {after, before, test} from 'node:test'
import {newId} from '../../../src/ids.js'
import type {TaskRequest} from '../../../src/protocol/task-request.js'
import {caller} from '../../support/call.js'
import {openSse} from '../../support/sse-reader.js'
import {describeOnBoth} from '../../support/test-database.js'
import {until} from '../../support/until.js'
import {type StartedRun, startWorkServer, type WorkServer} from '../../support/work-server.js'

const PERMISSION = {kind: 'permission', tool: 'Bash', input: {command: 'rm -r build'}} as const
const QUESTION = {
  kind: 'question',
  questions: [{id: 'q', text: 'Which?', options: [{label: 'Red'}, {label: 'Blue'}]}],
} as const

describeOnBoth('requests of running agents', (newDatabase) => {
  let server: WorkServer
  before(async () => {
    server = await startWorkServer(await newDatabase())
    await server.owner('PUT', `/api/agents/${server.agentId}`, {body: {max_concurrent_tasks: 100}})
  })
  after(() => server.stop())

  const file = async (run: StartedRun, payload: object = PERMISSION, id = newId()) => {
    const answer = await run.worker('POST', `${run.path}/requests`, {
      body: {id, payload, limit_seconds: 60},
    })
    return {id, status: answer.status, request: answer.body as TaskRequest}
  }
  const answerPath = ({task}: StartedRun, id: string) =>
    `/api/tasks/${task.id}/requests/${id}/answer`
  const open = async ({task}: StartedRun) =>
    (await server.owner('GET', `/api/tasks/${task.id}`)).body.open_requests

  test('are filed once, whatever is repeated, and stand on the task', async () => {
    const run = await server.run()
    const {id, request} = await file(run)
    assert.deepEqual([request.status, request.payload], ['open', PERMISSION])
    assert.equal((await file(run, PERMISSION, id)).request.created_at, request.created_at)
    assert.equal(await open(run), 1)
    const listed = await server.owner('GET', `/api/tasks/${run.task.id}/requests?status=open`)
    assert.deepEqual(
      listed.body.map((one: TaskRequest) => one.id),
      [id],
    )
    assert.equal((await file(await server.run(), PERMISSION, id)).status, 404)
  })

  test('the first answer wins, the second hears who was faster', async () => {
    const run = await server.run()
    const {id} = await file(run)
    const member = await server.addMember()
    const answers = await Promise.all(
      [server.owner, member].map((person, turn) =>
        person('POST', answerPath(run, id), {body: {outcome: turn ? 'allow' : 'deny'}}),
      ),
    )
    assert.deepEqual(answers.map(({status}) => status).sort(), [200, 409])
    const late = answers.find(({status}) => status === 409)
    assert.match(late?.body.error, /has answered this request already/)
    assert.equal(late?.body.request.status, 'answered')
    assert.equal(await open(run), 0)
    const inbox = await run.worker('GET', `${run.path}/inbox?requests=${id}`)
    assert.equal(
      inbox.body.requests[0].answer.outcome,
      answers[0]?.status === 200 ? 'deny' : 'allow',
    )
    const closed = await run.worker('POST', `${run.path}/requests/${id}/close`, {
      body: {status: 'expired'},
    })
    assert.equal(closed.body.status, 'answered', 'an answer that came in time counts')
  })

  test('what is optional may stay without an answer', async () => {
    const run = await server.run()
    const questions = [
      {id: 'q', text: 'Which?', options: []},
      {id: 'r', text: 'Why?', options: [], optional: true},
    ]
    const {id} = await file(run, {kind: 'question', questions})
    const answer = {outcome: 'answer', answers: {q: ['This'], r: []}}
    const {body} = await server.owner('POST', answerPath(run, id), {body: answer})
    assert.deepEqual(body.answer, answer)
  })

  test('a number is wanted where the form says so', async () => {
    const run = await server.run()
    const questions = [{id: 'n', text: 'How many?', options: [], numeric: true}]
    const {id} = await file(run, {kind: 'question', questions})
    const say = (text: string) =>
      server.owner('POST', answerPath(run, id), {body: {outcome: 'answer', answers: {n: [text]}}})
    const refused = await say('many')
    assert.equal(refused.status, 400)
    assert.match(refused.body.error, /"How many\?" wants a number, not "many"/)
    assert.equal((await say('2.5')).status, 200)
  })

  test('an answer must fit the question', async () => {
    const run = await server.run()
    const {id} = await file(run, QUESTION)
    const answer = (body: object) => server.owner('POST', answerPath(run, id), {body})
    assert.match((await answer({outcome: 'allow'})).body.error, /wants answers/)
    assert.match(
      (await answer({outcome: 'answer', answers: {}})).body.error,
      /no answer to "Which\?"/,
    )
    const strange = await answer({outcome: 'answer', answers: {q: ['Red'], z: ['x']}})
    assert.match(strange.body.error, /no question "z"/)
    const right = await answer({outcome: 'answer', answers: {q: ['Red']}})
    assert.deepEqual(right.body.answer, {outcome: 'answer', answers: {q: ['Red']}})
    assert.equal(right.body.answered_by.name.length > 0, true)
    const wanted = await file(run)
    const wrong = await server.owner('POST', answerPath(run, wanted.id), {
      body: {outcome: 'answer', answers: {}},
    })
    assert.match(wrong.body.error, /yes or a no/)
  })

  test('strangers see and answer nothing', async () => {
    const run = await server.run()
    const {id} = await file(run)
    const stranger = caller(server.url, await server.strangerToken())
    const body = {outcome: 'allow'}
    assert.equal((await stranger('POST', answerPath(run, id), {body})).status, 404)
    assert.equal((await stranger('GET', `/api/tasks/${run.task.id}/requests`)).status, 404)
  })

  test('an agent never answers itself', async () => {
    const run = await server.run()
    const {id} = await file(run)
    const body = {outcome: 'allow'}
    assert.equal((await run.worker('POST', answerPath(run, id), {body})).status, 403)
    assert.equal(await open(run), 1)
  })

  test('end with their run, whoever ends it', async () => {
    const run = await server.run()
    const {id} = await file(run)
    await server.owner('POST', `/api/tasks/${run.task.id}/cancel`)
    const late = await server.owner('POST', answerPath(run, id), {body: {outcome: 'allow'}})
    assert.equal(late.status, 409)
    assert.match(late.body.error, /no longer waits/)
    assert.equal(await open(run), 0)
    const again = await file(run)
    assert.equal(again.status, 409)
  })

  test('secrets in what is asked and answered are masked', async () => {
    const run = await server.run()
    const secret = `ghp_${'a1B2'.repeat(9)}`
    const input = {command: `curl -H "Authorization: Bearer ${secret}"`}
    const {request} = await file(run, {...PERMISSION, input})
    assert.equal(JSON.stringify(request).includes(secret), false)
    const answered = await server.owner('POST', answerPath(run, request.id), {
      body: {outcome: 'deny', message: `use ${secret}`},
    })
    assert.equal(JSON.stringify(answered.body).includes(secret), false)
  })

  test('each step is an event of the workspace and a mark on the task', async () => {
    const run = await server.run()
    const events = await openSse(`${server.url}/api/events?workspace_id=${server.workspaceId}`, {
      token: server.token,
    })
    const own = (type: string) =>
      events
        .named(type)
        .map(({data}) => JSON.parse(data))
        .map((data) => data.payload ?? data)
        .filter((payload) => payload.task_id === run.task.id)
    const {id} = await file(run)
    await server.owner('POST', answerPath(run, id), {body: {outcome: 'allow'}})
    await until('both steps were told', () => own('task:status').length >= 2)
    assert.deepEqual(
      own('task:request').map(({request}) => [request.id, request.status]),
      [
        [id, 'open'],
        [id, 'answered'],
      ],
    )
    const marks = own('task:status').map((payload) => payload.open_requests)
    assert.deepEqual(marks.slice(-2), [1, 0])
    events.close()
  })

  test('wait through a restart of the server', async () => {
    const run = await server.run()
    const {id} = await file(run)
    await server.restart()
    const answered = await server.owner('POST', answerPath(run, id), {body: {outcome: 'allow'}})
    assert.equal(answered.body.status, 'answered')
  })
})
