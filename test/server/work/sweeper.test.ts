import assert from 'node:assert/strict'
import {after, before, beforeEach, test} from 'node:test'
import {startListening} from '../../../server/listening.js'
import type {Agent} from '../../../server/models/agent.js'
import type {Runtime} from '../../../server/models/runtime.js'
import type {Task} from '../../../server/models/task.js'
import {createServices} from '../../../server/services.js'
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
  /** Sweeps when it is told to; the clock of the bench stands for the time that passes. */
  const quiet = () => ({
    intervalMs: DAY_MS,
    listening: startListening({
      now: bench.clock.now,
      uptime: () => bench.clock.now().getTime(),
      maxPauseMs: Number.POSITIVE_INFINITY,
    }),
  })

  before(async () => {
    bench = await createWorkBench(await newDatabase())
    sweeper = startSweeper(bench.context, bench.ending, quiet())
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

  test('no run is failed for its age while its runtime lives (fault B15)', async () => {
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

  test('a lost run is tried again when its machine has come back without it, and only then', async () => {
    const task = await running()
    const issue = {assignee_type: 'agent' as const, assignee_id: agent.id}
    await bench.context.db.models.Issue.update(issue, {where: {id: task.issue_id ?? ''}})
    const attempts = () => bench.context.db.models.Task.count({where: {issue_id: task.issue_id}})
    bench.clock.move(HOUR_MS)
    await sweeper.sweep()
    assert.equal((await bench.row(task.id)).end_reason, 'lost')
    bench.clock.move(HOUR_MS)
    await sweeper.sweep()
    assert.equal(await attempts(), 1, 'nobody is there to run it')
    await heartbeat()
    for (let moments = 0; moments < 5; moments++) await liveFor(LEASE_MS / 3)
    assert.equal(await attempts(), 1, 'its own worker may come back with it')
    await liveFor(LEASE_MS / 3)
    assert.equal(await attempts(), 2)
    assert.ok((await bench.row(task.id)).sealed_at)
    const retry = await bench.claimFor(runtime)
    assert.deepEqual([retry.attempt, retry.parent_task_id], [2, task.id])
  })

  test('a server that was away does not take its own silence for that of others', async () => {
    const task = await running()
    bench.clock.move(DAY_MS)
    const restarted = startSweeper(bench.context, bench.ending, quiet())
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

  test('servers that sweep at the same moment end each lost run once (fault B1)', async () => {
    const tasks = [await running(), await running(), await running()]
    const isPostgres = bench.context.db.dialect === 'postgres'
    const other = isPostgres ? await bench.reopen() : bench.context
    const ofOther = startSweeper(other, createServices(other).ending, quiet())
    bench.clock.move(LEASE_MS + 1000)
    await Promise.all([sweeper.sweep(), ofOther.sweep(), sweeper.sweep(), ofOther.sweep()])
    await ofOther.stop()
    for (const task of tasks) {
      await task.reload()
      assert.equal(task.end_reason, 'lost')
      const comments = await bench.comments.list(bench.owner, task.issue_id ?? '')
      assert.equal(comments.length, 1)
    }
    const ids = new Set(tasks.map(({id}) => id))
    const failed = (await bench.events('task:failed')).filter(({payload}) =>
      ids.has(String(payload.task_id)),
    )
    assert.equal(failed.length, 3)
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

  test('a clock that is set back makes no lease longer', async () => {
    const open = [await running(), await running(), await running()]
    const [living, cancelled, silent] = open
    assert.ok(living && cancelled && silent)
    await bench.addTask(agent)
    const claimed = await bench.claimFor(runtime)
    await bench.tasks.cancel(bench.owner, cancelled.id)
    const away = await bench.addRuntime()
    await silent.update({runtime_id: away.id})
    const later = startSweeper(bench.context, bench.ending, {
      intervalMs: DAY_MS,
      listening: {forMs: () => LEASE_MS, stop() {}},
    })
    bench.clock.move(-4 * HOUR_MS)
    await living.update({worker_seen_at: bench.clock.now()})
    await heartbeat()
    await later.sweep()
    await later.stop()
    for (const task of open) await task.reload()
    await away.reload()
    bench.clock.move(4 * HOUR_MS)
    assert.equal(living.status, 'running')
    assert.equal((await bench.row(claimed.id)).status, 'queued')
    assert.ok(cancelled.given_up_at)
    assert.equal(away.status, 'offline')
    assert.equal(silent.end_reason, 'lost')
  })

  test('a cancelled run that nobody acknowledges is given up, and sealed when its worker does after all', async () => {
    const task = await running()
    await bench.addMessages(task.id, 1, 2)
    await bench.tasks.cancel(bench.owner, task.id)
    const holder = await bench.holder(task.id)
    await liveFor(LEASE_MS / 2)
    await task.reload()
    assert.equal(task.given_up_at, null)
    await liveFor(LEASE_MS)
    await task.reload()
    assert.ok(task.given_up_at)
    assert.equal(task.sealed_at, null)
    await bench.addMessages(task.id, 3, 4)
    await bench.runs.cancelled(holder, {last_seq: 4})
    await task.reload()
    assert.ok(task.sealed_at)
    assert.equal(task.last_seq, 4)
  })

  test('a claim that was cancelled before its run began is sealed when nobody acknowledges it', async () => {
    await bench.addTask(agent)
    const {id} = await bench.claimFor(runtime)
    await bench.tasks.cancel(bench.owner, id)
    await liveFor(LEASE_MS + 1000)
    assert.ok((await bench.row(id)).sealed_at)
  })

  test('a cancelled run whose worker stays away is sealed after a month', async () => {
    const task = await running()
    await bench.addMessages(task.id, 1, 2)
    await bench.tasks.cancel(bench.owner, task.id)
    bench.clock.move(29 * DAY_MS)
    await sweeper.sweep()
    await task.reload()
    assert.ok(task.given_up_at)
    assert.equal(task.sealed_at, null)
    bench.clock.move(2 * DAY_MS)
    await sweeper.sweep()
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

  test('a queued task waits for days for a runtime that is away, then expires (fault B16)', async () => {
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
      quiet(),
    )
    await runtime.update({status: 'offline'})
    bench.clock.move(LEASE_MS + 1000)
    await broken.sweep()
    await broken.stop()
    await task.reload()
    assert.equal(task.status, 'failed')
  })
})
