import assert from 'node:assert/strict'
import {after, before, test} from 'node:test'
import type {Access} from '../../../server/auth/principal.js'
import type {Runtime} from '../../../server/models/runtime.js'
import {newId} from '../../../src/ids.js'
import {PING_PENDING_MS, PING_RUNNING_MS, PingResult} from '../../../src/protocol/ping.js'
import {RegisterBody} from '../../../src/protocol/runtime.js'
import {describeOnBoth} from '../../support/test-database.js'
import {createWorkBench, type WorkBench} from '../../support/work-bench.js'

describeOnBoth('pings', (newDatabase) => {
  let bench: WorkBench
  let runtimeId: string
  let access: Access

  before(async () => {
    bench = await createWorkBench(await newDatabase())
    const {runtimes} = await bench.runtimes.register(
      bench.ownerId,
      RegisterBody.parse({
        workspace_id: bench.workspaceId,
        daemon_id: newId(),
        runtimes: [{type: 'claude'}],
      }),
    )
    runtimeId = runtimes[0]?.id ?? ''
    access = bench.owner
  })
  after(() => bench.close())

  const report = (pingId: string, body: object) =>
    bench.pings.report(bench.ownerId, runtimeId, pingId, PingResult.parse(body))

  test('a ping goes to its daemon once, and its answer is read by who has asked', async () => {
    const ping = await bench.pings.create(access, runtimeId)
    assert.match(ping.id, /^[0-9a-f]{32}$/)
    assert.deepEqual([ping.status, 'output' in ping], ['pending', false])
    const taken = await Promise.all([bench.pings.take(runtimeId), bench.pings.take(runtimeId)])
    assert.deepEqual(
      taken.filter(Boolean).map((one) => one?.id),
      [ping.id],
    )
    assert.equal((await bench.pings.get(access, runtimeId, ping.id)).status, 'running')
    await report(ping.id, {status: 'completed', output: 'pong', duration_ms: 12})
    await report(ping.id, {status: 'failed', error: 'late repeat'})
    const done = await bench.pings.get(access, runtimeId, ping.id.toUpperCase())
    assert.deepEqual([done.status, done.output, done.duration_ms], ['completed', 'pong', 12])
  })

  test('every report but "completed" is a failure, and its words are fit for the database (fault A5)', async () => {
    const ping = await bench.pings.create(access, runtimeId)
    await report(ping.id, {status: 'whatever', error: 'no\u0000 \ud800'})
    const {status, error} = await bench.pings.get(access, runtimeId, ping.id)
    assert.deepEqual([status, error], ['failed', 'no\ufffd \ufffd'])
  })

  test('a ping that nobody takes up, or answers, times out', async () => {
    const pending = await bench.pings.create(access, runtimeId)
    bench.clock.move(PING_PENDING_MS + 1000)
    assert.equal(await bench.pings.take(runtimeId), undefined)
    const late = await bench.pings.get(access, runtimeId, pending.id)
    assert.equal(late.status, 'timeout')
    assert.match(late.error ?? '', /the daemon did not respond within 60 seconds/)
    const running = await bench.pings.create(access, runtimeId)
    await bench.pings.take(runtimeId)
    bench.clock.move(PING_RUNNING_MS + 1000)
    assert.equal((await bench.pings.get(access, runtimeId, running.id)).status, 'timeout')
  })

  test('a ping is made, read and answered only where its runtime belongs', async () => {
    const ping = await bench.pings.create(access, runtimeId)
    const elsewhere = {...access, workspaceId: newId()}
    await assert.rejects(bench.pings.create(elsewhere, runtimeId), /runtime not found/)
    await assert.rejects(bench.pings.get(elsewhere, runtimeId, ping.id), /runtime not found/)
    await assert.rejects(bench.pings.get(access, runtimeId, newId()), /ping not found/)
    await assert.rejects(report(newId(), {status: 'completed'}), /ping not found/)
    const other = (await bench.addMember('member')).actor.id
    await assert.rejects(
      bench.pings.report(other, runtimeId, ping.id, PingResult.parse({status: 'completed'})),
      /runtime not found/,
    )
    const row: Runtime | null = await bench.context.db.models.Runtime.findByPk(runtimeId)
    await row?.destroy()
    assert.equal(await bench.context.db.models.RuntimePing.count(), 0)
  })
})
