import assert from 'node:assert/strict'
import {after, before, describe, it} from 'node:test'
import {awaitServer, deadlineOf, runTail} from '../../src/cli/tail/run-tail.js'
import {createApi} from '../../src/client/api.js'
import {createHttpClient, NetworkError} from '../../src/client/http-client.js'
import {type CliBench, createCliBench} from '../support/cli-bench.js'
import {deadUrl} from '../support/faulty-server.js'
import {type FrontProxy, startFrontProxy} from '../support/front-proxy.js'

const OUTPUT = 'x'.repeat(20_000)

describe('a whole message that cannot be read', () => {
  let bench: CliBench
  let proxy: FrontProxy
  /** How many reads of one message get no answer. */
  let unanswered = 0
  before(async () => {
    bench = await createCliBench()
    proxy = await startFrontProxy(
      () => bench.server.url,
      (req, res) => {
        if (!/\/messages\/\d+$/.test(req.url ?? '') || unanswered <= 0) return false
        unanswered--
        res.destroy()
        return true
      },
    )
  })
  after(async () => {
    await proxy.close()
    await bench.close()
  })

  async function tail(...flags: string[]) {
    await bench.fileIssue()
    const run = await bench.claim()
    await run.say({type: 'tool_result', tool: 'Read', call_id: 'b', output: OUTPUT})
    await run.complete()
    const args = ['task', 'tail', run.task.id, '--json', ...flags]
    const {code, stdout, stderr} = await bench.run(args, {env: {MULTICA_SERVER_URL: proxy.url}})
    assert.equal(code, 0, stderr)
    const [message = '', result = ''] = stdout.split('\n')
    assert.equal(JSON.parse(result).type, 'result')
    return JSON.parse(message)
  }

  it('is shown cut, and marked, when nothing is to be tried again', async () => {
    unanswered = Number.POSITIVE_INFINITY
    const message = await tail('--no-retry')
    assert.deepEqual([message.truncated, message.bytes_total], [true, OUTPUT.length])
    assert.ok(message.output.length > 8000 && OUTPUT.startsWith(message.output))
  })

  it('is tried again otherwise', async () => {
    unanswered = 2
    assert.equal((await tail()).output, OUTPUT)
    assert.equal(unanswered, 0)
  })
})

describe('--timeout', {timeout: 30_000}, () => {
  it('is one for the first answer and for the run', async () => {
    const {signal} = new AbortController()
    const flags = {timeout: '1h', timestamps: false, color: false}
    const hour = (deadlineOf(flags) ?? 0) - performance.now()
    assert.ok(hour > 3_590_000 && hour <= 3_600_000)
    const api = createApi(createHttpClient({serverUrl: await deadUrl()}))
    // Another hour would begin with each of them.
    const deadline = performance.now() + 300
    await assert.rejects(
      awaitServer(() => api.me(), {deadline, retry: true, signal}),
      NetworkError,
    )
    const tailing = runTail(api, {named: 'LOC-1', flags, format: 'json', deadline, signal})
    await assert.rejects(tailing, NetworkError)
  })
})
