import assert from 'node:assert/strict'
import {readdir, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {after, before, describe, test} from 'node:test'
import {pingAgent} from '../../src/daemon/ping-agent.js'
import {type LocalBench, startLocalBench} from '../support/local-bench.js'
import {runCli} from '../support/run-cli.js'
import {tempFolder} from '../support/temp-folder.js'

/** Tells what it was asked and where it is. */
const TELLER = `
  import {readdirSync} from 'node:fs'
  let prompt = ''
  for await (const chunk of process.stdin) prompt += chunk
  const token = Object.keys(process.env).filter((name) => name.startsWith('MULTICA_'))
  console.log(['pong', prompt.trim(), readdirSync('.').length, token].join('|'))`
const SILENT = `setInterval(() => undefined, 1000); process.on('SIGTERM', () => undefined)`
const settings = (script: string) => ({
  type: 'command',
  command: [process.execPath, '--input-type=module', '-e', script],
})
const env = {PATH: process.env.PATH, MULTICA_TOKEN: 'mul_x'}
const {signal} = new AbortController()

let home: string
before(async () => {
  home = await tempFolder()
})
after(() => rm(home, {recursive: true}))

test('an agent is asked in an empty folder and without a token', async () => {
  const agent = {provider: 'teller', version: '', settings: settings(TELLER)}
  const root = join(home, 'pings')
  const {status, output} = await pingAgent(agent, {root, env, signal})
  assert.equal(status, 'completed')
  const said = 'pong|Answer with exactly one word and do nothing else: pong|0|MULTICA_TASK_ID'
  assert.equal(output?.trim(), said)
  assert.deepEqual(await readdir(root), [], 'its folder is gone with it')
})

test('an agent that says nothing, or is not there, fails with a reason (fault B23)', async () => {
  const silent = {provider: 'silent', version: '', settings: settings(SILENT)}
  const late = await pingAgent(silent, {root: home, env, signal, limitMs: 1000})
  assert.deepEqual([late.status, late.error], ['failed', 'no answer within 1 s'])
  const nowhere = {type: 'command', command: ['/nowhere/agent']}
  const gone = await pingAgent(
    {provider: 'x', version: '', settings: nowhere},
    {root: home, env, signal},
  )
  assert.equal(gone.status, 'failed')
  assert.match(gone.error ?? '', /nowhere/)
})

describe('runtime ping', () => {
  let bench: LocalBench
  before(async () => {
    bench = await startLocalBench(
      {teller: settings(TELLER), silent: settings(SILENT)},
      {MULTICA_DAEMON_MAX_CONCURRENT_TASKS: '1'},
    )
  })
  after(() => bench.stop())
  const cli = (...args: string[]) => runCli(args, {home: bench.home})

  test('waits for the answer of the agent', async () => {
    const {code, stdout, stderr} = await cli('runtime', 'ping', 'teller')
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^pong\|.*\((\d|\.)+m?s\)\n$/)
  })

  test('is refused while no slot is free', async () => {
    const {taskId} = await bench.assign('silent')
    const {api} = bench.system
    const busy = await cli('runtime', 'ping', 'teller', '--json')
    assert.equal(busy.code, 1)
    const {status, error} = JSON.parse(busy.stdout)
    assert.deepEqual([status, error], ['failed', 'busy: 1 of 1 in use'])
    await api.cancelTask(taskId)
  })

  test('names what is wrong with the name of a runtime', async () => {
    const {code, stderr} = await cli('runtime', 'ping', 'nobody')
    assert.deepEqual([code, stderr.split('\n').at(-2)], [5, 'Error: runtime "nobody" not found'])
  })
})
