import assert from 'node:assert/strict'
import {after, before, test} from 'node:test'
import {describeOnBoth} from '../../support/test-database.js'
import {startWorkServer, type WorkServer} from '../../support/work-server.js'

const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10)

describeOnBoth('usage', (newDatabase) => {
  let server: WorkServer
  before(async () => {
    server = await startWorkServer(await newDatabase())
    await server.owner('PUT', `/api/agents/${server.agentId}`, {body: {max_concurrent_tasks: 100}})
  })
  after(() => server.stop())

  const entry = (date: string, output: number, model = 'opus') => ({
    date,
    provider: 'claude',
    model,
    input_tokens: 5_000_000_000,
    output_tokens: output,
    cache_read_tokens: 1,
    cache_write_tokens: 2,
  })
  const report = (entries: object[]) =>
    server.owner('POST', `/api/daemon/runtimes/${server.runtimeId}/usage`, {body: {entries}})
  const read = (days: number) =>
    server.owner('GET', `/api/runtimes/${server.runtimeId}/usage?days=${days}`)

  test('daily totals replace what was known of their day, and skipped entries are counted', async () => {
    await report([entry(day(0), 1), entry(day(1), 1)])
    const {status, body} = await report([
      entry(day(0), 7),
      entry(day(0), 9),
      entry(day(0), 3, 'haiku'),
      entry('yesterday', 1),
    ])
    assert.deepEqual([status, body], [200, {status: 'ok', skipped: 1}])
    const {body: stored} = await read(30)
    assert.deepEqual(
      stored.map((row: {date: string; model: string; output_tokens: number}) => [
        row.date,
        row.model,
        row.output_tokens,
      ]),
      [
        [day(0), 'haiku', 3],
        [day(0), 'opus', 9],
        [day(1), 'opus', 1],
      ],
    )
    assert.equal(stored[0].input_tokens, 5_000_000_000)
    assert.equal((await read(1)).body.length, 2, 'a day is a calendar day, today included')
  })

  test('they are taken from the owner of the runtime only, and shown inside its workspace', async () => {
    const other = await server.addMember()
    const path = `/api/daemon/runtimes/${server.runtimeId}/usage`
    assert.equal((await other('POST', path, {body: {entries: []}})).status, 404)
    const wrong = await server.owner('GET', `/api/runtimes/${server.agentId}/usage`)
    assert.deepEqual([wrong.status, wrong.body.error], [404, 'runtime not found'])
    assert.equal((await report([{...entry(day(0), 1), output_tokens: -1}])).status, 400)
  })

  test('runs add up by agent, model and day, and what nobody reports is null (faults N5, N6)', async () => {
    const usages = [
      {model: 'opus', input_tokens: 10, output_tokens: 1, cache_read_tokens: 3, cost_usd: 0.5},
      {model: 'gpt', input_tokens: 20, output_tokens: 2},
      undefined,
    ]
    for (const usage of usages) {
      const run = await server.run()
      await run.worker('POST', `${run.path}/complete`, {body: {output: 'x', last_seq: 0, usage}})
    }
    const {body} = await server.owner('GET', '/api/usage?days=1')
    const expected = {
      runs: 3,
      runs_with_tokens: 2,
      runs_with_cost: 1,
      input_tokens: 30,
      output_tokens: 3,
      cache_read_tokens: 3,
      cache_write_tokens: null,
      cost_usd: 0.5,
    }
    assert.deepEqual(body.total, expected)
    assert.deepEqual(body.rows, [{key: server.agentId, name: 'claude', ...expected}])
    for (const [by, keys] of [
      ['model', ['gpt', 'opus', 'unknown']],
      ['day', [day(0)]],
      ['runtime', [server.runtimeId]],
    ] as const) {
      const {body: grouped} = await server.owner('GET', `/api/usage?days=1&by=${by}`)
      assert.deepEqual(grouped.rows.map(({key}: {key: string}) => key).sort(), keys)
      assert.deepEqual(grouped.total, expected, `the parts by ${by} add up`)
    }
  })

  test('the hours at which runs have begun are those of a zone', async () => {
    const hours = async (zone?: string) => {
      const query = zone ? `?zone=${encodeURIComponent(zone)}` : ''
      return server.owner('GET', `/api/runtimes/${server.runtimeId}/activity${query}`)
    }
    const sum = (rows: {count: number}[]) => rows.reduce((total, {count}) => total + count, 0)
    const before = sum((await hours()).body)
    await server.run()
    await server.run()
    const {body: here} = await hours()
    assert.equal(sum(here), before + 2)
    const now = new Date().getUTCHours()
    type Hour = {hour: number}
    assert.ok(here.some(({hour}: Hour) => [now, (now + 23) % 24].includes(hour)))
    const {body: there} = await hours('Asia/Kolkata')
    assert.equal(sum(there), before + 2)
    const later = (hour: number) =>
      there.some((other: Hour) => [5, 6].includes((other.hour - hour + 24) % 24))
    assert.ok(here.every(({hour}: Hour) => later(hour)))
    assert.equal((await hours('Mars/Olympus')).status, 400)
    const wrong = await server.owner('GET', `/api/runtimes/${server.agentId}/activity`)
    assert.equal(wrong.status, 404)
  })
})
