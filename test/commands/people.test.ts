import assert from 'node:assert/strict'
import {after, before, describe, it} from 'node:test'
import {newId} from '../../src/ids.js'
import type {RequestPayload} from '../../src/protocol/task-request.js'
import {type CliBench, createCliBench, type RunDouble} from '../support/cli-bench.js'
import {until} from '../support/until.js'

const PERMISSION = {kind: 'permission', tool: 'Bash', input: {command: 'rm -r build'}} as const
const QUESTION: RequestPayload = {
  kind: 'question',
  questions: [
    {id: 'a', text: 'Which?', options: [{label: 'Red'}, {label: 'Blue'}], multiple: true},
    {id: 'b', text: 'Why?', options: []},
  ],
}

/** A command may take long to start on a machine that has much to do. */
const PATIENCE_MS = 60_000

describe('commands for people in the loop', () => {
  let bench: CliBench
  before(async () => {
    bench = await createCliBench()
  })
  after(() => bench.close())

  const running = async (): Promise<RunDouble & {issue: string}> => {
    const {identifier} = await bench.fileIssue('Ask me')
    return {...(await bench.claim()), issue: identifier}
  }
  const ask = (run: RunDouble, payload: RequestPayload = PERMISSION) =>
    run.api.fileRequest(run.task.id, {id: newId(), payload, limit_seconds: 60})
  const answerOf = async (run: RunDouble, id: string) =>
    (await bench.api.requests(run.task.id)).find((request) => request.id === id)?.answer

  it('show what is asked, and approve it', async () => {
    const run = await running()
    const {id} = await ask(run)
    const list = await bench.run(['task', 'list', '--issue', run.issue])
    assert.match(list.stdout, /running \(asks\)/)
    const one = await bench.run(['task', 'get', run.issue])
    assert.match(one.stdout, /^Asks: +[0-9a-f]{8} {2}approval: Bash {2}rm -r build$/m)
    const yes = await bench.run(['task', 'approve', run.issue])
    assert.equal(yes.stdout, 'Approved Bash.\n', yes.stderr)
    assert.deepEqual(await answerOf(run, id), {outcome: 'allow'})
    const none = await bench.run(['task', 'approve', run.issue])
    assert.equal(none.code, 5)
    assert.match(none.stderr, /asks nothing now/)
    const late = await bench.run(['task', 'deny', run.issue, id])
    assert.equal(late.code, 1)
    assert.match(late.stderr, /has answered this request already/)
    await run.complete()
  })

  it('want to know which of several requests is meant', async () => {
    const run = await running()
    const [first, second] = [await ask(run), await ask(run)]
    const which = await bench.run(['task', 'deny', run.issue])
    assert.equal(which.code, 2)
    assert.ok(which.stderr.includes(first.id.slice(0, 8)), which.stderr)
    const args = ['task', 'deny', run.issue, second.id.slice(0, 13), '--reason', 'not now']
    assert.equal((await bench.run(args)).code, 0)
    assert.deepEqual(await answerOf(run, second.id), {outcome: 'deny', message: 'not now'})
    await run.complete()
  })

  it('show questions and answer them by number, label or own words', async () => {
    const run = await running()
    const {id} = await ask(run, QUESTION)
    const shown = await bench.run(['task', 'answer', run.issue])
    assert.match(
      shown.stdout,
      /answer: Which\? · Why\?\n +Which\?\n +1\. Red\n +2\. Blue\n +Why\?\n/,
    )
    const few = await bench.run(['task', 'answer', run.issue, 'Red'])
    assert.match(few.stderr, /wants 2 answers/)
    const done = await bench.run(['task', 'answer', run.issue, '2, red', 'it is nice'])
    assert.equal(done.code, 0, done.stderr)
    assert.deepEqual(await answerOf(run, id), {
      outcome: 'answer',
      answers: {a: ['Blue', 'Red'], b: ['it is nice']},
    })
    await run.complete()
  })

  it('send words to the agent and say what has become of them', async () => {
    const run = await running()
    const sending = bench.start(['task', 'send', run.issue, 'mind the gap'])
    const input = await until(
      'it is there',
      async () => {
        const {inputs} = await run.api.inbox(run.task.id, [])
        return inputs[0]
      },
      PATIENCE_MS,
    )
    assert.equal(input.text, 'mind the gap')
    await run.api.settleInput(run.task.id, input.id, {status: 'delivered'})
    assert.equal((await sending.done).stdout, 'The agent has it.\n')
    await run.complete()
    const late = await bench.run(['task', 'send', run.task.id, 'hello?'])
    assert.equal(late.code, 1)
    assert.match(late.stderr, new RegExp(`multica issue comment add ${run.issue}`))
  })

  it('tail tells how to answer, and shows the words of people with their names', async () => {
    const run = await running()
    const tail = bench.start(['task', 'tail', run.issue])
    await until('it follows', () => tail.stdout.includes(run.issue), PATIENCE_MS)
    await ask(run)
    const how = `multica task approve ${run.task.id}`
    await until('it tells', () => tail.stderr.includes(how), PATIENCE_MS)
    await run.say({type: 'status', content: 'approved Bash', author: 'Ann'})
    await run.complete()
    const {stdout} = await tail.done
    assert.match(stdout, /^Ann: approved Bash$/m)
  })

  it('set how the questions of an agent are decided', async () => {
    const args = ['agent', 'update', 'claude', '--approvals', 'ask', '--allow', 'mcp__*']
    const more = [
      '--deny',
      'Bash',
      '--approval-limit',
      '30m',
      '--at-limit',
      'allow',
      '--output',
      'table',
    ]
    const {code, stdout, stderr} = await bench.run([...args, ...more])
    assert.equal(code, 0, stderr)
    assert.match(stdout, /ask$/m)
    assert.deepEqual((await bench.api.agent(bench.agent.id)).approvals, {
      mode: 'ask',
      rules: [
        {tool: 'Bash', action: 'deny'},
        {tool: 'mcp__*', action: 'allow'},
      ],
      limit_seconds: 1800,
      at_limit: 'allow',
    })
    assert.equal((await bench.run(['agent', 'update', 'claude'])).code, 2)
  })
})
