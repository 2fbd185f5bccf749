import assert from 'node:assert/strict'
import {execFile} from 'node:child_process'
import {after, before, describe, test} from 'node:test'
import {promisify} from 'node:util'
import type {NewTaskMessage} from '../../src/protocol/task-message.js'
import {type CliBench, createCliBench} from '../support/cli-bench.js'
import {packageRoot, runCli} from '../support/run-cli.js'
import {until} from '../support/until.js'

const status = (content: string): NewTaskMessage => ({type: 'status', content})
const LINES = 3000

describe('trouble with a reader', () => {
  let bench: CliBench
  before(async () => {
    bench = await createCliBench()
  })
  after(() => bench.close())

  const longRun = async () => {
    await bench.fileIssue()
    const run = await bench.claim()
    for (let first = 1; first <= LINES; first += 500) {
      await run.say(
        ...Array.from({length: 500}, (_, index) => status(`${first + index} ${'x'.repeat(300)}`)),
      )
    }
    return run
  }
  const shell = (script: string, taskId: string) =>
    promisify(execFile)('/bin/sh', ['-c', script], {
      env: {
        PATH: process.env.PATH,
        HOME: bench.home,
        MULTICA: `${packageRoot}bin/run.js`,
        MULTICA_SERVER_URL: bench.server.url,
        MULTICA_TOKEN: bench.token,
        NODE: process.execPath,
        TASK: taskId,
      },
      timeout: 60_000,
      maxBuffer: 64 * 1024 * 1024,
    })

  test('task tail | head -1 ends at once and quietly', async () => {
    const run = await longRun()
    const script = '{ "$NODE" "$MULTICA" task tail "$TASK"; echo "code $?" >&2; } | head -1'
    const {stdout, stderr} = await shell(script, run.task.id)
    assert.equal(stdout.split('\n').length, 2)
    assert.equal(stderr.trim().split('\n').at(-1), 'code 0')
    assert.doesNotMatch(stderr, /EPIPE|Error/)
    await run.complete()
  })

  test('a pipe that is full for a while loses nothing', async () => {
    const run = await longRun()
    await run.complete()
    const script = '"$NODE" "$MULTICA" task tail "$TASK" --json | { sleep 2; cat; }'
    const {stdout} = await shell(script, run.task.id)
    const lines = stdout.trimEnd().split('\n')
    assert.deepEqual(
      lines.slice(0, -1).map((line) => JSON.parse(line).seq),
      Array.from({length: LINES}, (_, index) => index + 1),
    )
    assert.equal(JSON.parse(lines.at(-1) ?? '').type, 'result')
  })

  test('a token that is revoked ends a tail with 4 and the way back', async () => {
    await bench.fileIssue()
    const run = await bench.claim()
    const {id, token} = await bench.api.createToken('short-lived')
    assert.ok(token)
    const tail = bench.start(['task', 'tail', run.task.id], {env: {MULTICA_TOKEN: token}})
    await run.say(status('hello'))
    await until('it follows', () => tail.stdout.includes('hello'))
    await bench.api.revokeToken(id)
    const {code, stderr} = await tail.done
    assert.equal(code, 4)
    assert.match(stderr, /multica login/)
    await run.complete()
  })

  test('a token that is wrong, and one that was never there', async () => {
    const env = {MULTICA_SERVER_URL: bench.server.url}
    const wrong = await runCli(['issue', 'list'], {
      home: bench.home,
      env: {...env, MULTICA_TOKEN: `mul_${'0'.repeat(40)}`},
    })
    assert.equal(wrong.code, 4)
    assert.match(wrong.stderr, /multica login/)
    const none = await runCli(['issue', 'list'], {home: bench.home, env})
    assert.equal(none.code, 4)
    assert.match(none.stderr, /multica login/)
  })

  test('a daemon without any agent says what to install or to write', async () => {
    const {code, stderr} = await bench.run(['daemon', 'start', '--foreground'], {
      env: {PATH: '/nonexistent'},
    })
    assert.notEqual(code, 0)
    assert.match(stderr, /agents\.json/)
  })
})
