import assert from 'node:assert/strict'
import {after, before, beforeEach, test} from 'node:test'
import {gzipSync} from 'node:zlib'
import {openDatabase} from '../../../server/database.js'
import {newId, newTaskToken} from '../../../src/ids.js'
import {silentLog} from '../../../src/log.js'
import {MAX_BATCH_BYTES, MAX_BATCH_MESSAGES, MAX_FIELD_BYTES} from '../../../src/protocol/limits.js'
import {caller} from '../../support/call.js'
import {openSse} from '../../support/sse-reader.js'
import {describeOnBoth, type TestDatabase} from '../../support/test-database.js'
import {texts} from '../../support/texts.js'
import {until} from '../../support/until.js'
import {type StartedRun, startWorkServer, type WorkServer} from '../../support/work-server.js'

describeOnBoth('uploading messages', (newDatabase) => {
  let database: TestDatabase
  let server: WorkServer
  let run: StartedRun
  before(async () => {
    database = await newDatabase()
    server = await startWorkServer(database)
    await server.owner('PUT', `/api/agents/${server.agentId}`, {body: {max_concurrent_tasks: 1000}})
  })
  after(() => server.stop())
  beforeEach(async () => {
    run = await server.run()
  })

  const upload = (messages: unknown) =>
    run.worker('POST', `${run.path}/messages`, {body: {messages}})
  const raw = async (body: Uint8Array | ReadableStream, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${server.url}${run.path}/messages`, {
      method: 'POST',
      headers: {authorization: `Bearer ${run.task.task_token}`, ...headers},
      body,
      ...(body instanceof ReadableStream && {duplex: 'half'}),
    } as RequestInit)
    return {status: answer.status, body: (await answer.json()) as Record<string, unknown>}
  }
  const stored = async () =>
    (await server.owner('GET', `/api/tasks/${run.task.id}/messages`)).body as {
      seq: number
      content: string
    }[]

  test('200 with the high-water mark; repeats are ignored, what is new of a repeat is stored', async () => {
    assert.deepEqual((await upload(texts(1, 3))).body, {
      status: 'ok',
      last_seq: 3,
      task_status: 'running',
    })
    const again = await upload([...texts(1, 3, 'other'), ...texts(4, 5)])
    assert.equal(again.status, 200)
    assert.equal(again.body.last_seq, 5)
    assert.equal((await upload(texts(2, 3, 'third'))).body.last_seq, 5)
    assert.deepEqual(
      (await stored()).map(({seq, content}) => [seq, content]),
      [1, 2, 3, 4, 5].map((seq) => [seq, `text ${seq}`]),
    )
  })

  test('a hole is refused with the number that is expected, and nothing of the batch is stored (fault A3)', async () => {
    await upload(texts(1, 2))
    for (const batch of [texts(4, 5), [...texts(3, 3), ...texts(5, 5)], texts(3, 4).reverse()]) {
      const answer = await upload(batch)
      assert.equal(answer.status, 409)
      assert.equal(answer.body.code, 'gap')
      assert.equal(answer.body.expected_seq, 3)
    }
    assert.equal((await stored()).length, 2)
  })

  test('a server that lost messages asks for them: the expected number goes backwards', async () => {
    await upload(texts(1, 6))
    const db = await openDatabase({url: database.url, log: silentLog})
    await db.sequelize.query('DELETE FROM task_message WHERE task_id = :id AND seq > 2', {
      replacements: {id: run.task.id},
    })
    await db.close()
    const answer = await upload(texts(7, 8))
    assert.equal(answer.status, 409)
    assert.equal(answer.body.expected_seq, 3)
    assert.equal((await upload(texts(3, 8))).body.last_seq, 8)
  })

  test('an old or unknown task token is a stale claim, not an unknown caller', async () => {
    const other = await server.run()
    for (const token of [newTaskToken(), other.task.task_token]) {
      const answer = await caller(server.url, token)('POST', `${run.path}/messages`, {
        body: {messages: texts(1, 1)},
      })
      assert.equal(answer.status, 403)
      assert.equal(answer.body.code, 'stale_claim')
    }
    const garbage = await caller(server.url, 'mult_nonsense')('POST', `${run.path}/messages`, {
      body: {messages: []},
    })
    assert.equal(garbage.status, 401)
    const owner = await server.owner('POST', `${run.path}/messages`, {body: {messages: []}})
    assert.equal(owner.body.code, 'stale_claim', 'a run with a token belongs to its worker')
    assert.deepEqual(await stored(), [])
  })

  test('404 for a task that is gone', async () => {
    await server.owner('DELETE', `/api/issues/${run.issue.id}`)
    assert.equal((await upload(texts(1, 1))).status, 404)
    const unknown = await run.worker('POST', `/api/daemon/tasks/${newId()}/messages`, {
      body: {messages: []},
    })
    assert.equal(unknown.status, 404)
  })

  test('410 once the transcript is closed; repeats and keep-alives still pass', async () => {
    await upload(texts(1, 2))
    const done = await run.worker('POST', `${run.path}/complete`, {
      body: {output: 'done', last_seq: 2},
    })
    assert.equal(done.status, 200)
    const late = await upload(texts(3, 3))
    assert.equal(late.status, 410)
    assert.equal(late.body.code, 'sealed')
    const repeat = await upload(texts(1, 2))
    assert.deepEqual([repeat.status, repeat.body.task_status], [200, 'completed'])
  })

  test('413 for a body above the limit, however it comes (fault I11)', async () => {
    const big = Buffer.from(JSON.stringify({messages: texts(1, 9, 'x'.repeat(MAX_FIELD_BYTES))}))
    assert.ok(big.length > MAX_BATCH_BYTES)
    const chunked = () => new Blob([big]).stream()
    const gzip = {'content-encoding': 'gzip'}
    // Random letters: the packed body is itself far larger than the buffers of a socket.
    const noise = Buffer.from(
      JSON.stringify({
        messages: texts(1, 9, Buffer.alloc(MAX_FIELD_BYTES, randomLetters()).toString()),
      }),
    )
    for (const answer of [
      await raw(big),
      await raw(chunked()),
      await raw(gzipSync(big), gzip),
      await raw(gzipSync(noise), gzip),
      await raw(gzipSync(Buffer.alloc(300 * 1024 * 1024, ' ')), gzip),
    ]) {
      assert.equal(answer.status, 413)
      assert.equal(answer.body.code, 'too_large')
      assert.equal(answer.body.limit, MAX_BATCH_BYTES)
    }
    assert.equal((await upload(texts(1, 1))).status, 200)
  })

  test('too many messages, and a wrong field, are named with the limit', async () => {
    const many = await upload(texts(1, MAX_BATCH_MESSAGES + 13))
    assert.equal(many.status, 422)
    assert.equal(many.body.field, 'messages')
    assert.match(many.body.error, /500/)
    assert.equal((await upload(texts(1, MAX_BATCH_MESSAGES))).body.last_seq, MAX_BATCH_MESSAGES)
    const wrong: [object, string][] = [
      [{type: 7}, 'messages.0.type'],
      [{type: ''}, 'messages.0.type'],
      [{seq: 0}, 'messages.0.seq'],
      [{seq: 1.5}, 'messages.0.seq'],
      [{seq: 2 ** 31}, 'messages.0.seq'],
      [{content: ['a']}, 'messages.0.content'],
      [{input: 'a'}, 'messages.0.input'],
      [{is_error: 'yes'}, 'messages.0.is_error'],
      [{tool: 'x'.repeat(501)}, 'messages.0.tool'],
    ]
    for (const [change, field] of wrong) {
      const answer = await upload([{seq: 501, type: 'text', content: 'a', ...change}])
      assert.equal(answer.status, 422, field)
      assert.equal(answer.body.field, field)
      assert.match(answer.body.error, new RegExp(field.replaceAll('.', '\\.')))
    }
  })

  test('an unknown type is kept as it is', async () => {
    await upload([{seq: 1, type: 'hologram', content: 'from a newer worker'}])
    const [message] = (await stored()) as unknown as {type: string}[]
    assert.equal(message?.type, 'hologram')
  })

  test('gzip is read; broken and unknown encodings and what is no JSON are refused', async () => {
    const good = await raw(gzipSync(JSON.stringify({messages: texts(1, 2)})), {
      'content-encoding': 'gzip',
    })
    assert.equal(good.body.last_seq, 2)
    const bad: [string, number, Record<string, string>][] = [
      ['{"messages": [', 400, {}],
      ['', 400, {}],
      ['null', 422, {}],
      ['[]', 422, {}],
      ['7', 422, {}],
      ['{"messages": {}}', 422, {}],
      ['this is not gzip', 400, {'content-encoding': 'gzip'}],
      ['{}', 400, {'content-encoding': 'br'}],
    ]
    for (const [body, status, headers] of bad) {
      const answer = await raw(Buffer.from(body), headers)
      assert.equal(answer.status, status, body)
      assert.equal(typeof answer.body.error, 'string')
    }
    const cut = gzipSync(JSON.stringify({messages: texts(3, 3)})).subarray(0, 30)
    assert.equal((await raw(cut, {'content-encoding': 'gzip'})).status, 400)
    assert.equal((await upload(texts(3, 3))).body.last_seq, 3)
  })

  test('JSON that is nested without end is refused, and hurts nobody', async () => {
    const deep = `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`
    const answer = await raw(
      Buffer.from(`{"messages":[{"seq":1,"type":"tool_use","input":${deep}}]}`),
    )
    assert.equal(answer.status, 422)
    assert.equal((await upload(texts(1, 1))).status, 200)
  })

  test('NUL and lone surrogates are stored as U+FFFD (fault A5)', async () => {
    const dirty = 'a\0b\ud800c\udc00d\u{1F600}'
    const clean = 'a\uFFFDb\uFFFDc\uFFFDd\u{1F600}'
    const answer = await upload([
      {seq: 1, type: 'text', content: dirty, at: dirty},
      {
        seq: 2,
        type: 'tool_use',
        tool: dirty,
        call_id: dirty,
        input: {[dirty]: [dirty, {x: dirty}]},
      },
      {seq: 3, type: `t${dirty}`, output: dirty},
    ])
    assert.equal(answer.body.last_seq, 3)
    const [one, two, three] = (await stored()) as unknown as Record<string, unknown>[]
    assert.deepEqual([one?.content, one?.at], [clean, clean])
    assert.deepEqual(
      [two?.tool, two?.call_id, two?.input],
      [clean, clean, {[clean]: [clean, {x: clean}]}],
    )
    assert.deepEqual([three?.type, three?.output], [`t${clean}`, clean])
  })

  test('a long field is cut on a code point and marked; streams carry 8 KiB of it, the list all', async () => {
    const output = `${'é'.repeat(MAX_FIELD_BYTES / 2 - 1)}\u{1F600}${'z'.repeat(MAX_FIELD_BYTES)}`
    const input = {command: 'c'.repeat(20_000), path: '/short'}
    await upload([
      {seq: 1, type: 'tool_result', output},
      {seq: 2, type: 'tool_use', tool: 'Bash', call_id: 'c', input},
      {seq: 3, type: 'text', content: 'short'},
    ])
    const whole = (await run.worker('GET', `/api/tasks/${run.task.id}/messages/1`)).body
    assert.equal(whole.output, 'é'.repeat(MAX_FIELD_BYTES / 2 - 1))
    assert.equal(whole.truncated, true)
    assert.equal(whole.bytes_total, Buffer.byteLength(output))
    const second = (await run.worker('GET', `/api/tasks/${run.task.id}/messages/2`)).body
    assert.deepEqual(second.input, input)
    assert.equal(second.truncated, undefined)
    const reader = await openSse(`${server.url}/api/tasks/${run.task.id}/stream`, server)
    await until('all three came', () => reader.seqs().length === 3)
    reader.close()
    const [first, call, short] = reader.named('task:message').map(({data}) => JSON.parse(data))
    assert.ok(Buffer.byteLength(first.output) <= 8192 && first.output.length > 4000)
    assert.deepEqual([first.truncated, first.bytes_total], [true, Buffer.byteLength(output)])
    assert.ok(Buffer.byteLength(JSON.stringify(call.input)) <= 8192)
    assert.deepEqual([call.truncated, call.input.path], [true, '/short'])
    assert.equal(call.bytes_total, JSON.stringify(input).length)
    assert.equal(short.truncated, undefined)
  })

  test('an empty batch renews the lease', async () => {
    const db = await openDatabase({url: database.url, log: silentLog})
    const seenAt = async () =>
      (await db.models.Task.findByPk(run.task.id))?.worker_seen_at?.getTime() ?? 0
    const long = new Date(Date.now() - 50_000)
    await db.write(() => db.models.Task.update({worker_seen_at: long}, {where: {id: run.task.id}}))
    assert.deepEqual((await upload([])).body, {status: 'ok', last_seq: 0, task_status: 'running'})
    await until('the lease is renewed', async () => (await seenAt()) > long.getTime() + 40_000)
    await db.close()
  })

  test('a worker hears of a cancel in the next answer, and may upload the rest', async () => {
    await server.owner('POST', `/api/tasks/${run.task.id}/cancel`)
    const answer = await upload(texts(1, 2))
    assert.deepEqual([answer.status, answer.body.task_status], [200, 'cancelled'])
    const ended = await run.worker('POST', `${run.path}/cancelled`, {body: {last_seq: 2}})
    assert.equal(ended.status, 200)
    assert.equal((await upload(texts(3, 3))).status, 410)
  })
})

/** A pattern that gzip cannot shrink much. */
function randomLetters(): Buffer {
  let state = 1
  return Buffer.from(
    Array.from({length: MAX_FIELD_BYTES}, () => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
      return 97 + ((state >> 16) % 26)
    }),
  )
}
