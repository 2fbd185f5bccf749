import assert from 'node:assert/strict'
import {readFile, writeFile} from 'node:fs/promises'
import {afterEach, test} from 'node:test'
import {Slots} from '../../src/daemon/slots.js'
import {stopWorkers} from '../../src/daemon/stop-workers.js'
import {createTaskFolder} from '../../src/daemon/task-store.js'
import {type TaskFailure, TaskSupervisor} from '../../src/daemon/task-supervisor.js'
import {newId} from '../../src/ids.js'
import {silentLog} from '../../src/log.js'
import {processStartTime} from '../../src/process-tree/process-table.js'
import type {Runtime} from '../../src/protocol/runtime.js'
import type {ClaimedTask} from '../../src/protocol/task.js'
import type {TaskSpec} from '../../src/task-folder/task-spec.js'
import {tempFolder} from '../support/temp-folder.js'
import {until} from '../support/until.js'
import {WorkerDoubles} from '../support/worker-double.js'

const supervisors: TaskSupervisor[] = []
const doubles: WorkerDoubles[] = []
afterEach(async () => {
  for (const supervisor of supervisors.splice(0)) await supervisor.detach()
  for (const workers of doubles.splice(0)) workers.cleanUp()
})

async function harness(life: WorkerDoubles['life'] = 'living') {
  const stateDir = await tempFolder()
  const slots = new Slots(5)
  const failures: TaskFailure[] = []
  const ended: string[] = []
  const workers = new WorkerDoubles()
  workers.life = life
  doubles.push(workers)
  const create = () => {
    const supervisor = new TaskSupervisor({
      stateDir,
      slots,
      buildSpec: (task: ClaimedTask) =>
        ({server_url: 'http://x', task, provider: 'p'}) as unknown as TaskSpec,
      startWorker: workers.start,
      processStart: processStartTime,
      failTask: async (failure) => {
        failures.push(failure)
        if (failure.folder) await writeFile(failure.folder.done, '{}')
      },
      onEnd: (runtimeId) => ended.push(runtimeId),
      recoveryPauseMs: () => 10,
      log: silentLog,
    })
    supervisors.push(supervisor)
    return supervisor
  }
  return {stateDir, slots, failures, workers, ended, create}
}

const task = () => ({id: newId(), runtime_id: 'r', issue_identifier: 'LOC-1'}) as ClaimedTask
const runtime = {id: 'r', provider: 'p'} as Runtime

test('a task holds its slot until its worker has ended', async () => {
  const h = await harness()
  const supervisor = h.create()
  const claimed = task()
  supervisor.run(claimed, runtime, h.slots.force())
  const [running] = await until('it runs', async () => {
    const list = await supervisor.list()
    return list[0]?.phase === 'running' && list
  })
  assert.deepEqual(running, {
    id: claimed.id,
    issue: 'LOC-1',
    provider: 'p',
    worker_pid: h.workers.started[0]?.pid,
    recoveries: 0,
    phase: 'running',
    last_seq: 3,
    acked_seq: 2,
    acked_at: null,
    lag: {messages: 1, ms: 0},
    lost: 0,
  })
  assert.equal(h.slots.used, 1)
  await h.workers.finish(h.stateDir, claimed.id)
  await until('it has ended', () => h.ended.length === 1)
  assert.equal(h.slots.used, 0)
  assert.deepEqual(await supervisor.list(), [])
  assert.deepEqual(h.failures, [])
})

test('a worker that is killed is followed by a recovery on the same folder', async () => {
  const h = await harness()
  const supervisor = h.create()
  const claimed = task()
  supervisor.run(claimed, runtime, h.slots.force())
  await until('it runs', async () => (await supervisor.list())[0]?.phase === 'running')
  process.kill(h.workers.started[0]?.pid as number, 'SIGKILL')
  await until('a second worker runs', () => h.workers.started.length === 2)
  await h.workers.finish(h.stateDir, claimed.id)
  await until('it has ended', () => h.ended.length === 1)
  assert.deepEqual(h.failures, [])
})

test('a worker that always dies fails its task with a reason', async () => {
  const h = await harness('dying')
  const supervisor = h.create()
  supervisor.run(task(), runtime, h.slots.force())
  await until('it is given up', () => h.failures.length === 1)
  assert.equal(h.failures[0]?.reason, 'worker_lost')
  assert.match(h.failures[0]?.error ?? '', /the worker died 5 times; .*worker\.log/)
  assert.equal(h.workers.started.length, 6)
  await until('its slot is free', () => h.slots.used === 0)
})

test('a task whose worker cannot be started fails at once (fault B1)', async () => {
  const h = await harness()
  const supervisor = new TaskSupervisor({
    ...{stateDir: h.stateDir, slots: h.slots, processStart: processStartTime, log: silentLog},
    buildSpec: () => {
      throw new Error('agent "p" is not installed here')
    },
    startWorker: () => Promise.reject(new Error('unused')),
    failTask: async (failure) => {
      h.failures.push(failure)
    },
    onEnd: () => {},
  })
  supervisors.push(supervisor)
  supervisor.run(task(), runtime, h.slots.force())
  await until('it is reported', () => h.failures.length === 1)
  assert.equal(h.failures[0]?.reason, 'start_error')
  assert.equal(h.failures[0]?.error, 'agent "p" is not installed here')
  await until('its slot is free', () => h.slots.used === 0)
})

test('the next daemon watches living workers and recovers dead ones', async () => {
  const h = await harness()
  const before = h.create()
  const [alive, dead] = [task(), task()]
  before.run(alive, runtime, h.slots.force())
  before.run(dead, runtime, h.slots.force())
  await until('both run', async () => {
    const list = await before.list()
    return list.length === 2 && list.every(({phase}) => phase === 'running')
  })
  const victim = (await before.list()).find(({id}) => id === dead.id)?.worker_pid
  await before.detach()
  assert.equal(h.slots.used, 0)
  process.kill(victim as number, 'SIGKILL')
  await until('it is dead', async () => (await processStartTime(victim as number)) === undefined)

  const after = h.create()
  await after.adopt()
  assert.equal(h.slots.used, 2)
  await until('the dead one is recovered', () => h.workers.started.length === 3)
  await h.workers.finish(h.stateDir, alive.id)
  await h.workers.finish(h.stateDir, dead.id)
  await until('both have ended', () => h.ended.length === 4)
  assert.equal(h.slots.used, 0)
})

test('a folder that is done or has no whole spec is left alone', async () => {
  const h = await harness()
  const done = await createTaskFolder(h.stateDir, {server_url: 'u', task: task()} as TaskSpec)
  await writeFile(done.done, '{}')
  const half = await createTaskFolder(h.stateDir, {server_url: 'u', task: task()} as TaskSpec)
  await writeFile(half.spec, '{"task"')
  await h.create().adopt()
  assert.equal(h.slots.used, 0)
  assert.equal(await readFile(half.spec, 'utf8'), '{"task"')
})

test('workers are stopped without a daemon', async () => {
  const h = await harness()
  const supervisor = h.create()
  const claimed = task()
  supervisor.run(claimed, runtime, h.slots.force())
  await until('it runs', async () => (await supervisor.list())[0]?.phase === 'running')
  await supervisor.detach()
  const result = await stopWorkers(h.stateDir, {processStart: processStartTime, limitMs: 10_000})
  assert.deepEqual(
    result.stopped.map(({id, name}) => [id, name]),
    [[claimed.id, 'LOC-1 (p)']],
  )
  assert.deepEqual([result.reporting, result.remaining], [[], []])
  assert.equal(await processStartTime(h.workers.started[0]?.pid as number), undefined)
})
