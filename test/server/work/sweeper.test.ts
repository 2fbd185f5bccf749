import assert from 'node:assert/strict'
import {after, before, beforeEach, test} from 'node:test'
import type {Agent} from '../../../server/models/agent.js'
import type {Runtime} from '../../../server/models/runtime.js'
import type {Task} from '../../../server/models/task.js'
import {type Sweeper, startSweeper} from '../../../server/sweeper.js'
import {LEASE_MS, RUNTIME_STALE_MS} from '../../../src/protocol/limits.js'
import {describeOnBoth} from '../../support/test-database.js'
import {createWorkBench, type WorkBench} from '../../support/work-bench.js'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

describeOnBoth('the sweeper', (newDatabase) => {
  let bench: WorkBench
  let sweeper: Sweeper
  let runtime: Runtime
  let agent: Agent

  before(async () => {
    bench = await createWorkBench(await newDatabase())
    sweeper = startSweeper(bench.context, bench.ending, {intervalMs: DAY_MS})
  })
  after(async () => {
    await sweeper.stop()
    await bench.close()
  })
  beforeEach(async () => {
    runtime = await bench.addRuntime()
    agent = await bench.addAgent(runtime)
  })

  const heartbeat = () => bench.runtimes.heartbeat(bench.ownerId, runtime.id)
  const running = async (): Promise<Task> => {
    await bench.addTask(agent)
    const task = await bench.claimFor(runtime)
    await bench.runs.start(await bench.holder(task.id))
    return bench.row(task.id)
  }
  /** Time goes on while the runtime keeps up its heartbeats. */
  const liveFor = async (ms: number) => {
    bench.clock.move(ms)
    await heartbeat()
    await sweeper.sweep()
  }

  test('a runtime that falls silent is offline, and its workspace hears of it once', async () => {
    const told = async () =>
      (await bench.events('daemon:register')).filter(
        ({payload}) => payload.action === 'stale_sweep',
      ).length
    const before = await told()
    bench.clock.move(RUNTIME_STALE_MS + 1000)
    await sweeper.sweep()
    await sweeper.sweep()
    await runtime.reload()
    assert.equal(runtime.status, 'offline')
    assert.equal(await told(), before + 1)
    await heartbeat()
    await runtime.reload()
    assert.equal(runtime.status, 'online')
  })

  test('no run is failed for its age while its runtime lives', async () => {
    const task = await running()
    for (let hour = 0; hour < 5; hour++) await liveFor(HOUR_MS)
    await task.reload()
    assert.equal(task.status, 'running')
  })

  test('a run whose worker and runtime are silent is lost, with all that a failure brings', async () => {
    const task = await running()
    bench.clock.move(LEASE_MS + 1000)
    await sweeper.sweep()
    await task.reload()
    assert.equal(task.status, 'failed')
    assert.equal(task.end_reason, 'lost')
    assert.equal(task.error, 'runtime went offline')
    assert.equal(task.sealed_at, null, 'its worker may come back')
    const failed = (await bench.events('task:failed')).filter(
      ({payload}) => payload.task_id === task.id,
    )
    assert.equal(failed.length, 1)
    const [comment] = await bench.comments.list(bench.owner, task.issue_id ?? '')
    assert.equal(comment?.type, 'system')
    const again = await bench.runs.start(await bench.holder(task.id))
    assert.equal(again.status, 'running')
  })

  test('a server that was away does not take its own silence for that of others', async () => {
    const task = await running()
    bench.clock.move(DAY_MS)
    const restarted = startSweeper(bench.context, bench.ending, {intervalMs: DAY_MS})
    await restarted.sweep()
    bench.clock.move(30_000)
    await restarted.sweep()
    await runtime.reload()
    await task.reload()
    assert.equal(runtime.status, 'online')
    assert.equal(task.status, 'running')
    bench.clock.move(LEASE_MS)
    await restarted.sweep()
    await restarted.stop()
    await task.reload()
    assert.equal(task.end_reason, 'lost')
  })

  test('a run whose worker is heard stays, though the runtime is offline', async () => {
    const task = await running()
    bench.clock.move(LEASE_MS + 1000)
    await task.update({worker_seen_at: bench.clock.now()})
    await sweeper.sweep()
    await task.reload()
    assert.equal(task.status, 'running')
  })

  test('a claim that never started is queued again, and its token is void', async () => {
    await bench.addTask(agent)
    const claimed = await bench.claimFor(runtime)
    const stale = await bench.holder(claimed.id)
    await liveFor(LEASE_MS + 1000)
    const task = await bench.row(claimed.id)
    assert.equal(task.status, 'queued')
    assert.equal(task.dispatched_at, null)
    assert.equal((await bench.events('task:status')).at(-1)?.payload.status, 'queued')
    await assert.rejects(bench.runs.start(stale), {code: 'stale_claim'})
    assert.equal((await bench.claimFor(runtime)).id, claimed.id)
  })

  test('a cancelled run that nobody acknowledges is sealed when its worker is long silent', async () => {
    const task = await running()
    await bench.addMessages(task.id, 1, 2)
    await bench.tasks.cancel(bench.owner, task.id)
    await liveFor(LEASE_MS / 2)
    await task.reload()
    assert.equal(task.sealed_at, null)
    await liveFor(LEASE_MS)
    await task.reload()
    assert.ok(task.sealed_at)
    assert.equal(task.last_seq, 2)
  })

  test('a run of an original daemon is sealed a little after its end', async () => {
    runtime = await bench.addRuntime({taskTokens: false})
    agent = await bench.addAgent(runtime)
    const task = await running()
    await bench.runs.complete(await bench.holder(task.id, false), {output: 'ok'})
    await liveFor(1000)
    await task.reload()
    assert.equal(task.sealed_at, null)
    await liveFor(30_000)
    await task.reload()
    assert.ok(task.sealed_at)
  })

  test('a queued task waits for days for a runtime that is away, then expires', async () => {
    const task = await bench.addTask(agent)
    bench.clock.move(6 * DAY_MS)
    await sweeper.sweep()
    await task.reload()
    assert.equal(task.status, 'queued')
    bench.clock.move(2 * DAY_MS)
    await heartbeat()
    await sweeper.sweep()
    await task.reload()
    assert.equal(task.status, 'queued', 'its runtime is back')
    bench.clock.move(HOUR_MS)
    await sweeper.sweep()
    await task.reload()
    assert.equal(task.status, 'failed')
    assert.equal(task.end_reason, 'expired')
    assert.ok(task.sealed_at)
  })

  test('old events go, but so many of the newest stay', async () => {
    const {Event, Workspace} = bench.context.db.models
    const counter = 130_000
    const edge = counter - 10_000
    await Event.bulkCreate(
      [edge - 10_000, edge - 1, edge, edge + 500].map((seq) => ({
        workspace_id: bench.workspaceId,
        seq,
        type: 'test',
        payload: '{}',
        created_at: new Date(bench.clock.now().getTime() - 60 * DAY_MS),
      })),
    )
    await Workspace.update({event_counter: counter}, {where: {id: bench.workspaceId}})
    bench.clock.move(2 * HOUR_MS)
    await sweeper.sweep()
    const left = await Event.findAll({where: {type: 'test'}})
    assert.deepEqual(
      left.map((event) => event.seq),
      [edge + 500],
    )
  })

  test('a rule that fails does not keep the others from their work', async () => {
    const task = await bench.addTask(agent, {status: 'running'})
    const broken = startSweeper(
      {
        ...bench.context,
        events: {
          append: async (tx, workspaceId, events, options) => {
            if (events.some((event) => event.type === 'daemon:register')) throw new Error('broken')
            await bench.context.events.append(tx, workspaceId, events, options)
          },
        },
      },
      bench.ending,
      {intervalMs: DAY_MS},
    )
    await runtime.update({status: 'offline'})
    bench.clock.move(LEASE_MS + 1000)
    await broken.sweep()
    await broken.stop()
    await task.reload()
    assert.equal(task.status, 'failed')
  })
})
