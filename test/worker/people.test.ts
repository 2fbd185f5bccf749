import assert from 'node:assert/strict'
import {after, before, beforeEach, describe, test} from 'node:test'
import type {ApprovalPolicy} from '../../src/protocol/approvals.js'
import type {TaskRequest} from '../../src/protocol/task-request.js'
import {until} from '../support/until.js'
import {startWorkerBench, type WorkerBench, type WorkerRun} from '../support/worker-bench.js'

/** A Claude of our own: it asks once it has its prompt, says what it was told, and then ends. */
const ASKING = `
  import {createInterface} from 'node:readline'
  const print = (message) => process.stdout.write(JSON.stringify(message) + '\\n')
  const say = (text) => print({type: 'assistant', message: {id: text, content: [{type: 'text', text}]}})
  let asked = 0
  const ask = (tool_name, input) => print({type: 'control_request', request_id: 'r' + ++asked,
    request: {subtype: 'can_use_tool', tool_name, tool_use_id: 'c' + asked, input}})
  print({type: 'system', subtype: 'init', session_id: 's', model: 'm'})
  const end = () => print({type: 'result', subtype: 'success', is_error: false, result: 'the end'})
  for await (const line of createInterface({input: process.stdin})) {
    const message = JSON.parse(line)
    await onMessage(message)
  }`
const asking = (body: string) => `${ASKING}\n  async function onMessage(message) {${body}}`
/** Asks for a tool, repeats the answer and ends. */
const ONE_TOOL = asking(`
  if (message.type === 'user') ask('Bash', {command: 'rm -r build'})
  if (message.type === 'control_response') { say(JSON.stringify(message.response.response)); end() }`)

describe('a worker and people', () => {
  let bench: WorkerBench
  before(async () => {
    bench = await startWorkerBench()
  })
  beforeEach(() => policy({}))
  after(() => bench.stop())

  const policy = async (approvals: Partial<ApprovalPolicy>) => {
    const {server} = bench
    await server.owner('PUT', `/api/agents/${server.agentId}`, {body: {approvals}})
  }
  const start = async (agent: string, options: object = {}) => {
    const run = await bench.run({agent, type: 'claude', ...options})
    return {run, worker: run.start()}
  }
  const request = ({taskId}: WorkerRun): Promise<TaskRequest> =>
    until('the agent asks', async () => {
      const path = `/api/tasks/${taskId}/requests?status=open`
      return (await bench.server.owner('GET', path)).body[0]
    })
  const answer = ({taskId}: WorkerRun, {id}: TaskRequest, body: object) =>
    bench.server.owner('POST', `/api/tasks/${taskId}/requests/${id}/answer`, {body})
  const send = ({taskId}: WorkerRun, text: string) =>
    bench.server.owner('POST', `/api/tasks/${taskId}/inputs`, {body: {text}})
  const statusNotes = async (run: WorkerRun) =>
    (await run.messages()).filter(({type}) => type === 'status')

  test('an agent that asks waits for a person, whose name stands beside the answer', async () => {
    await policy({mode: 'ask'})
    const {run, worker} = await start(ONE_TOOL)
    const asked = await request(run)
    assert.deepEqual(asked.payload, {
      kind: 'permission',
      call_id: 'c1',
      tool: 'Bash',
      input: {command: 'rm -r build'},
    })
    assert.equal((await run.task()).open_requests, 1)
    await answer(run, asked, {outcome: 'allow'})
    await run.hears(/"behavior":"allow"/)
    await worker.exited
    const notes = await statusNotes(run)
    assert.deepEqual(
      notes.map(({content, author, about}) => [content, author === undefined, about]),
      [
        ['waiting for approval: Bash: rm -r build', true, asked.id],
        ['approved Bash: rm -r build', false, asked.id],
      ],
    )
    assert.equal((await run.task()).status, 'completed')
  })

  test('a no reaches the agent with its reason', async () => {
    await policy({mode: 'ask'})
    const {run, worker} = await start(ONE_TOOL)
    await answer(run, await request(run), {outcome: 'deny', message: 'keep it'})
    await worker.exited
    const text = (await run.messages()).find(({type}) => type === 'text')?.content ?? ''
    assert.deepEqual(JSON.parse(text), {behavior: 'deny', message: 'keep it'})
  })

  test('rules decide by tool, and the stricter of agent and machine counts', async () => {
    await policy({
      mode: 'ask',
      rules: [
        {tool: 'Read*', action: 'allow'},
        {tool: 'Bash', action: 'deny'},
      ],
    })
    const {run, worker} = await start(
      asking(`
        if (message.type === 'user') ask('ReadFile', {})
        if (message.type !== 'control_response') return
        say(message.response.response.behavior)
        if (asked === 1) ask('Bash', {command: 'ls'})
        else end()`),
    )
    await worker.exited
    const said = (await run.messages()).filter(({type}) => type === 'text')
    assert.deepEqual(
      said.map(({content}) => content),
      ['allow', 'deny'],
    )
    assert.match((await statusNotes(run))[0]?.content ?? '', /^declined by policy: Bash: ls$/)
    assert.deepEqual(
      (await bench.server.owner('GET', `/api/tasks/${run.taskId}/requests`)).body,
      [],
    )
  })

  test('everything goes on by itself unless somebody has asked for more', async () => {
    const {run, worker} = await start(ONE_TOOL)
    await worker.exited
    assert.deepEqual(await statusNotes(run), [])
    assert.equal((await run.task()).status, 'completed')
  })

  test('questions are answered by people', async () => {
    await policy({mode: 'ask'})
    const {run, worker} = await start(
      asking(`
        const questions = [{question: 'Which colour?', header: 'Colour', options: [{label: 'Red'}, {label: 'Blue'}]}]
        if (message.type === 'user') ask('AskUserQuestion', {questions})
        if (message.type === 'control_response') {
          say(JSON.stringify(message.response.response.updatedInput.answers))
          end()
        }`),
    )
    await answer(run, await request(run), {outcome: 'answer', answers: {1: ['Blue']}})
    await worker.exited
    const said = (await run.messages()).find(({type}) => type === 'text')
    assert.equal(said?.content, '{"Which colour?":"Blue"}')
    assert.equal((await statusNotes(run)).at(-1)?.content, 'Colour: Blue')
  })

  for (const [action, outcome] of [
    ['deny', 'deny'],
    ['allow', 'allow'],
  ] as const) {
    test(`when nobody answers in time, the policy decides: ${action}`, async () => {
      await policy({mode: 'ask', limit_seconds: 1, at_limit: action})
      const {run, worker} = await start(ONE_TOOL)
      const asked = await request(run)
      await run.hears(new RegExp(`"behavior":"${outcome}"`))
      await worker.exited
      const late = await answer(run, asked, {outcome: 'allow'})
      assert.equal(late.status, 409)
      assert.match(late.body.error, /nobody answered this request in time/)
      assert.match((await statusNotes(run)).at(-1)?.content ?? '', /^nobody answered within 1 s/)
    })
  }

  test('a cancel ends the waiting: the agent is told and nothing stays open', async () => {
    await policy({mode: 'ask'})
    const {run, worker} = await start(ONE_TOOL)
    const asked = await request(run)
    await bench.server.owner('POST', `/api/tasks/${run.taskId}/cancel`)
    await worker.exited
    assert.equal((await run.task()).status, 'cancelled')
    assert.equal((await answer(run, asked, {outcome: 'allow'})).status, 409)
  })

  test('who waits for people is not inactive', async () => {
    await policy({mode: 'ask'})
    const {run, worker} = await start(ONE_TOOL, {limits: {inactivity_ms: 2000}})
    const asked = await request(run)
    // Longer than it may be silent, which has to be long enough for its start on a busy machine.
    await new Promise((resolve) => setTimeout(resolve, 3000))
    await answer(run, asked, {outcome: 'allow'})
    await worker.exited
    assert.equal((await run.task()).status, 'completed')
  })

  test('a question and its answer survive a server that cannot be reached', async () => {
    await policy({mode: 'ask'})
    const {run, worker} = await start(ONE_TOOL)
    const asked = await request(run)
    bench.network.off()
    await answer(run, asked, {outcome: 'allow'})
    bench.network.on()
    await run.hears(/"behavior":"allow"/)
    await worker.exited
  })

  const LISTENING = asking(`
    if (message.type !== 'user') return
    const text = message.message.content[0].text
    if (message.uuid === undefined) return say('ready')
    print({type: 'command_lifecycle', command_uuid: message.uuid, state: 'started'})
    say('heard ' + text)
    if (text === 'stop') end()`)

  test('messages reach the running agent once each, in order, with their author', async () => {
    const {run, worker} = await start(LISTENING)
    await run.hears(/ready/)
    const sent = await send(run, 'first')
    await run.hears(/heard first/)
    await send(run, 'stop')
    await worker.exited
    const told = (await run.messages()).flatMap(({type, content, author}) =>
      type === 'text' ? [content] : author ? [`${author === '' ? '' : 'person'}: ${content}`] : [],
    )
    assert.deepEqual(
      told.filter((line) => line?.startsWith('heard')),
      ['heard first', 'heard stop'],
    )
    assert.deepEqual(
      told.filter((line) => line?.startsWith('person')),
      ['person: first', 'person: stop'],
    )
    const input = await bench.server.owner('GET', `/api/tasks/${run.taskId}/inputs/${sent.body.id}`)
    assert.equal(input.body.status, 'delivered')
  })

  test('a program that cannot be spoken to leaves a message to the next run', async () => {
    const run = await bench.run({
      agent: `
        console.log('working')
        setInterval(() => {}, 1000)`,
    })
    const worker = run.start()
    await run.hears(/working/)
    const sent = await send(run, 'psst')
    await until('it is left to the next run', async () => {
      const path = `/api/tasks/${run.taskId}/inputs/${sent.body.id}`
      return (await bench.server.owner('GET', path)).body.status === 'deferred'
    })
    await bench.server.owner('POST', `/api/tasks/${run.taskId}/cancel`)
    await worker.exited
  })

  test('a message that a dead worker had brought is not brought again', async () => {
    const {run, worker} = await start(LISTENING)
    await run.hears(/ready/)
    const sent = await send(run, 'first')
    await run.hears(/heard first/)
    process.kill(worker.pid, 'SIGKILL')
    await worker.exited
    await run.toEnd()
    const task = await run.task()
    assert.equal(task.end_reason, 'worker_lost')
    const input = await bench.server.owner('GET', `/api/tasks/${run.taskId}/inputs/${sent.body.id}`)
    assert.equal(input.body.status, 'delivered')
  })
})
