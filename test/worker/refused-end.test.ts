import assert from 'node:assert/strict'
import {rm} from 'node:fs/promises'
import {join} from 'node:path'
import {after, before, describe, test} from 'node:test'
import {type Api, createApi} from '../../src/client/api.js'
import {ApiError, createHttpClient} from '../../src/client/http-client.js'
import {newId} from '../../src/ids.js'
import {silentLog} from '../../src/log.js'
import {fitUsage, TaskUsage} from '../../src/protocol/task.js'
import {Journal, type RunEnd} from '../../src/worker/journal.js'
import {reportEnd} from '../../src/worker/report-end.js'
import {Uploader} from '../../src/worker/uploader.js'
import fc from '../support/properties.js'
import {tempFolder} from '../support/temp-folder.js'
import {newSqlite} from '../support/test-database.js'
import {startWorkServer, type WorkServer} from '../support/work-server.js'
import {startWorkerBench} from '../support/worker-bench.js'

const TOO_LONG = 's'.repeat(501)
const USAGE: TaskUsage = {
  model: 'm',
  input_tokens: 1,
  output_tokens: 2,
  cache_read_tokens: null,
  cache_write_tokens: null,
  cost_usd: 0.5,
}

describe('an end that the server refuses', () => {
  let folder: string
  let server: WorkServer
  before(async () => {
    folder = await tempFolder()
    server = await startWorkServer(newSqlite(folder))
  })
  after(async () => {
    await server.stop()
    await rm(folder, {recursive: true, force: true})
  })

  /** Reports an end of a fresh run. @param change of the calls that report it */
  async function report(end: RunEnd, change: (api: Api) => Partial<Api> = () => ({})) {
    const {task} = await server.run()
    const real = createApi(createHttpClient({serverUrl: server.url, token: task.task_token}))
    const api = {...real, ...change(real)}
    const journal = await Journal.open(join(folder, newId()))
    const over = new AbortController()
    const {signal} = over
    const both = {api, taskId: task.id, journal, log: silentLog, signal}
    const uploader = new Uploader({...both, ackedSeq: 0, onTerminal() {}, onClosed() {}})
    if (end.kind === 'cancelled') await server.owner('POST', `/api/tasks/${task.id}/cancel`)
    const reported = await reportEnd(end, {...both, uploader})
    over.abort()
    await uploader.stopped()
    await journal.close()
    const {body} = await server.owner('GET', `/api/tasks/${task.id}`)
    return {reported, task: body}
  }

  test('is reported without the member that is wrong', async () => {
    const {reported, task} = await report({
      kind: 'complete',
      body: {output: 'done', session_id: TOO_LONG, usage: USAGE, work_dir: '/w'},
    })
    assert.equal(reported, 'acknowledged')
    assert.deepEqual(
      [task.status, task.result.output, task.result.work_dir],
      ['completed', 'done', '/w'],
    )
    assert.deepEqual(task.usage, USAGE)
  })

  test('is reported without all that may be missing', async () => {
    const wrong = {
      session_id: TOO_LONG,
      usage: {...USAGE, model: 'm'.repeat(201), input_tokens: 0.5},
      rejected_session_ids: [TOO_LONG],
      work_dir: 'w'.repeat(4001),
    }
    for (const [kind, body] of [
      ['complete', {output: 'done'}],
      ['fail', {error: 'bad', reason: 'agent_error'}],
      ['cancelled', {last_seq: 0}],
    ] as const) {
      const end = {kind, body: {...body, ...wrong}} as RunEnd
      const {reported, task} = await report(end)
      assert.equal(reported, 'acknowledged', kind)
      assert.equal(
        task.status,
        kind === 'complete' ? 'completed' : kind === 'fail' ? 'failed' : kind,
      )
      assert.notEqual(task.sealed_at, null)
    }
  })

  test('fails with what the server says when it can never be taken', async () => {
    const refusing = () => ({
      complete: async () => {
        throw new ApiError(400, {error: 'output: not wanted', code: 'invalid'}, undefined)
      },
    })
    const end: RunEnd = {kind: 'complete', body: {output: 'done', session_id: 's'}}
    const {reported, task} = await report(end, refusing)
    assert.equal(reported, 'acknowledged')
    assert.deepEqual([task.status, task.end_reason], ['failed', 'worker_error'])
    assert.match(task.error, /output: not wanted$/)
    const unknown = {reason: 'of a newer version', error: 'bad', session_id: 's'}
    const failed = await report({kind: 'fail', body: unknown} as unknown as RunEnd)
    assert.deepEqual([failed.task.status, failed.task.end_reason], ['failed', 'worker_error'])
    assert.match(failed.task.error, /^bad; the server does not take/)
  })

  test('is not tried for ever', async () => {
    const refuse = async () => {
      throw new ApiError(400, {error: 'never', code: 'invalid'}, undefined)
    }
    const end: RunEnd = {kind: 'complete', body: {output: 'done', session_id: 's'}}
    const {reported} = await report(end, () => ({complete: refuse, fail: refuse}))
    assert.equal(reported, 'unwanted')
  })
})

test('whatever an agent has counted is taken by the server', () => {
  const number = fc.oneof(fc.constant(null), fc.double())
  const usage = fc.record({
    model: fc.oneof(fc.constant(null), fc.string({maxLength: 600, unit: 'grapheme'})),
    input_tokens: number,
    output_tokens: number,
    cache_read_tokens: number,
    cache_write_tokens: number,
    cost_usd: number,
  })
  fc.assert(fc.property(usage, (given) => TaskUsage.safeParse(fitUsage(given)).success))
  assert.deepEqual(fitUsage({...USAGE, input_tokens: 10.6}), {...USAGE, input_tokens: 11})
})

test('a session whose id is too long costs a run nothing but the session', async () => {
  const bench = await startWorkerBench()
  try {
    const run = await bench.run({
      agent: `
        console.log(JSON.stringify({type: 'session', session_id: '${TOO_LONG}'}))
        console.log(JSON.stringify({type: 'result', output: 'done'}))`,
    })
    assert.equal(await run.toEnd(), 0)
    const task = await run.task()
    assert.deepEqual(
      [task.status, task.result.output, task.session_id],
      ['completed', 'done', null],
    )
  } finally {
    await bench.stop()
  }
})
