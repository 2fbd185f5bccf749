import assert from 'node:assert/strict'
import {after, before, describe, it} from 'node:test'
import {type CliBench, createCliBench} from '../support/cli-bench.js'
import {deadUrl} from '../support/faulty-server.js'
import {startProxy} from '../support/proxy.js'
import {until} from '../support/until.js'

const text = (content: string, block = 1) => ({type: 'text', content, block})

describe('task tail', () => {
  let bench: CliBench
  before(async () => {
    bench = await createCliBench()
  })
  after(() => bench.close())

  it('follows a run from the queue to its end', async () => {
    const issue = await bench.fileIssue('Find the bug')
    const tail = bench.start(['task', 'tail', issue.identifier])
    await until('it waits', () => tail.stderr.includes('waiting for claude'))
    const run = await bench.claim()
    await run.say(
      text('Looking '),
      text('around.\n'),
      {type: 'tool_use', tool: 'Bash', call_id: 'a', input: {command: 'ls'}},
      {type: 'tool_result', tool: 'Bash', call_id: 'a', output: 'one\ntwo\n'},
    )
    await until('it shows the result', () => tail.stdout.includes('│ two'))
    await run.complete()
    const {code, stdout, stderr} = await tail.done
    assert.equal(code, 0, stderr)
    const [outcome = ''] = stdout.trimEnd().split('\n').slice(-1)
    assert.match(outcome, /^✓ completed in .*· 1 tool call · usage not reported$/)
    assert.equal(
      stdout.split('\n').slice(0, -2).join('\n').replace(run.task.id, 'ID'),
      `claude on ${issue.identifier} Find the bug\ntask ID\n\nclaude: Looking around.\n\n▸ Bash  ls\n  │ one\n  │ two\n`,
    )
  })

  it('gives the result of the run as its exit code', async () => {
    await bench.fileIssue()
    const failing = await bench.claim()
    await failing.fail('the model is gone')
    const failed = await bench.run(['task', 'tail', failing.task.id])
    assert.equal(failed.code, 1)
    assert.match(failed.stdout, /✗ failed .*\(agent error\)[\s\S]*the model is gone/)

    await bench.fileIssue()
    const run = await bench.claim()
    const tail = bench.start(['task', 'tail', run.task.id, '--json'])
    await run.say(text('on my way'))
    await until('it is connected', () => tail.stdout.includes('on my way'))
    await bench.api.cancelTask(run.task.id)
    await run.cancelled()
    const cancelled = await tail.done
    assert.equal(cancelled.code, 3)
    const lines = cancelled.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(
      lines.map(({seq, type, status, exit_code}) => [seq ?? type, status, exit_code]),
      [
        [1, undefined, undefined],
        ['result', 'cancelled', 3],
      ],
    )
  })

  it('loses and repeats nothing while the server restarts', async () => {
    await bench.fileIssue()
    const run = await bench.claim()
    const tail = bench.start(['task', 'tail', run.task.id, '--json'])
    const total = 5 * 40
    for (let round = 0; round < 5; round++) {
      for (let index = 0; index < 40; index++) await run.say(text(`${round}/${index}`, round))
      if (round > 0) await until('it follows', () => tail.stdout.includes(`"${round - 1}/39"`))
      await bench.stopServer()
      await bench.startServer()
    }
    await run.complete()
    const {code, stdout, stderr} = await tail.done
    assert.equal(code, 0, stderr)
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const result = lines.pop()
    assert.deepEqual(
      lines.map(({seq}) => seq),
      Array.from({length: total}, (_, index) => index + 1),
    )
    assert.equal(result.type, 'result')
    assert.equal(result.last_seq, total)
    assert.equal(result.result.output, 'all done')
  })

  it('tells of a lost connection only when it lasts', async () => {
    await bench.fileIssue()
    const run = await bench.claim()
    await run.say(text('half a li'))
    const tail = bench.start(['task', 'tail', run.task.id])
    await until('it follows', () => tail.stdout.includes('claude:'))
    await bench.stopServer()
    await bench.startServer()
    await run.say(text('ne\n'))
    await until('it is connected again', () => tail.stdout.includes('half a line\n'))
    assert.equal(tail.stderr, '')
    await bench.stopServer()
    await until('it says so', () => /^reconnecting … \(cannot reach/m.test(tail.stderr))
    await bench.startServer()
    await until('it says that it is over', () => tail.stderr.endsWith('connected again\n'), 30_000)
    await run.complete()
    assert.equal((await tail.done).code, 0)
  })

  it('ends when nobody reads any more', async () => {
    await bench.fileIssue()
    const run = await bench.claim()
    const tail = bench.start(['task', 'tail', run.task.id])
    await until('the first line is there', () => tail.stdout.includes('\n'))
    tail.child.stdout?.destroy()
    const ended = until('it has ended', () => tail.child.exitCode ?? undefined)
    for (let index = 0; tail.child.exitCode === null && index < 500; index++) {
      await run.say(text(`line ${index}\n`))
    }
    await ended
    assert.equal(tail.child.exitCode, 0)
    await run.complete()
  })

  it('says why a run does not start', async () => {
    await bench.api.deregister([bench.agent.runtime_id])
    const issue = await bench.fileIssue()
    const tail = bench.start(['task', 'tail', issue.taskId])
    await until('it tells the reason', () =>
      /waiting for claude .* \(runtime claude \(bench\) is offline; run "multica daemon start"/.test(
        tail.stderr,
      ),
    )
    tail.child.kill('SIGTERM')
    assert.equal((await tail.done).code, 143)
    await bench.api.cancelTask(issue.taskId)
    await bench.register()
  })

  it('goes through a proxy where one is set (fault K2)', async () => {
    const {port} = bench.server
    const proxy = await startProxy(port)
    await bench.fileIssue()
    const run = await bench.claim()
    await run.complete()
    const env = {MULTICA_SERVER_URL: 'http://multica.invalid', HTTP_PROXY: proxy.url}
    const {code, stderr} = await bench.run(['task', 'tail', run.task.id], {env})
    await proxy.close()
    assert.equal(code, 0, stderr)
    assert.ok(proxy.seen.length > 0 && proxy.seen.every((host) => /^multica\.invalid/.test(host)))
  })

  it('stops waiting after --timeout with 124', async () => {
    const issue = await bench.fileIssue()
    const {code, stderr} = await bench.run(['task', 'tail', issue.taskId, '--timeout', '700ms'])
    assert.equal(code, 124)
    assert.match(stderr, /700ms passed and the run goes on; follow it with: multica task tail /)
    await bench.api.cancelTask(issue.taskId)
  })

  it('ends with 130 on Ctrl-C and says how to go on', async () => {
    await bench.fileIssue()
    const run = await bench.claim()
    await run.say(text('one\n'), text('two\n'))
    const tail = bench.start(['task', 'tail', run.task.id])
    await until('it follows', () => tail.stdout.includes('two'))
    tail.child.kill('SIGINT')
    const {code, stderr} = await tail.done
    assert.equal(code, 130)
    assert.match(stderr, new RegExp(`multica task tail ${run.task.id} --since 2`))
    assert.equal((await bench.api.task(run.task.id)).status, 'running')
    await run.complete()
  })

  it('shows only what was asked for', async () => {
    await bench.fileIssue()
    const run = await bench.claim()
    const big = 'x'.repeat(20_000)
    await run.say(
      text('first\n', 1),
      {type: 'tool_use', tool: 'Read', call_id: 'b', input: {file_path: '/a/b/c/d'}},
      {type: 'tool_result', tool: 'Read', call_id: 'b', output: big},
      text('last', 2),
    )
    const numbers = (stdout: string) =>
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).seq)
    const stored = await bench.run([
      'task',
      'tail',
      run.task.id,
      '--no-follow',
      '--json',
      '-n',
      '2',
    ])
    assert.equal(stored.code, 0)
    assert.deepEqual(numbers(stored.stdout), [3, 4])
    const since = ['--since', '1', '--no-follow', '--json']
    assert.deepEqual(
      numbers((await bench.run(['task', 'tail', run.task.id, ...since])).stdout),
      [2, 3, 4],
    )
    await run.complete()
    const raw = await bench.run(['task', 'tail', run.task.id, '--raw'])
    assert.equal(raw.stdout, 'first\nlast\n')
    assert.match(raw.stderr, /^✓ completed in /)
    const whole = await bench.run(['task', 'tail', run.task.id, '--json'])
    assert.equal(JSON.parse(whole.stdout.split('\n')[2] ?? '').output, big)
    const stamped = await bench.run(['task', 'tail', run.task.id, '--timestamps'])
    assert.match(stamped.stdout, /^10:00:00 claude: first$/m)
  })

  it('tells what is not there, who may not look, and what is wrong with the call', async () => {
    const codes = async (...args: string[]) => {
      const {code, stderr} = await bench.run(['task', 'tail', ...args])
      return [code, stderr.split('\n')[0]]
    }
    const unknown = '7f1de7a0-0000-4000-8000-000000000000'
    assert.deepEqual(await codes(unknown), [5, `Error: task or issue ${unknown} not found`])
    assert.deepEqual(await codes('LOC-999'), [5, 'Error: issue LOC-999 not found'])
    const plain = await bench.api.createIssue({title: 'Nobody works on this'})
    const [code, said] = await codes(plain.identifier)
    assert.equal(code, 5)
    assert.match(String(said), /has no run yet/)
    assert.equal((await codes('LOC-1', '--timeout', 'soon'))[0], 2)
    assert.equal((await codes('LOC-1', '--json', '--raw'))[0], 2)
    const denied = await bench.run(['task', 'tail', unknown], {env: {MULTICA_TOKEN: 'mul_wrong'}})
    assert.equal(denied.code, 4)
    assert.match(denied.stderr, /Run "multica login"/)
  })

  it('says 6 for a server that is not there', async () => {
    const url = await deadUrl()
    const nowhere = {env: {MULTICA_SERVER_URL: url}}
    const task = '7f1de7a0-0000-4000-8000-000000000000'
    const atOnce = await bench.run(['task', 'tail', task, '--no-retry'], nowhere)
    assert.equal(atOnce.code, 6)
    assert.match(
      atOnce.stderr,
      /cannot reach http:\/\/127\.0\.0\.1:\d+: nothing listens there[\s\S]*multica serve/,
    )
    const patient = await bench.run(['task', 'tail', task, '--timeout', '800ms'], nowhere)
    assert.equal(patient.code, 6)
    const stubborn = bench.start(['task', 'tail', task], nowhere)
    await until('it says what it does', () => stubborn.stderr.includes('reconnecting …'))
    stubborn.child.kill('SIGINT')
    assert.deepEqual((await stubborn.done).code, 130)
    const inWorkspace = {env: {...nowhere.env, MULTICA_WORKSPACE_ID: 'local'}}
    const later = await bench.run(['task', 'tail', task, '--timeout', '800ms'], inWorkspace)
    assert.equal(later.code, 6)
  })
})
