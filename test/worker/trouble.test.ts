import assert from 'node:assert/strict'
import {spawn} from 'node:child_process'
import {readFile, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {after, before, describe, test} from 'node:test'
import {findOrphans} from '../../src/process-tree/find-tree.js'
import {processStartTime} from '../../src/process-tree/process-table.js'
import type {TaskMessage} from '../../src/protocol/task-message.js'
import {until} from '../support/until.js'
import {startWorkerBench, type WorkerBench, type WorkerRun} from '../support/worker-bench.js'

/** Says that it is ready, and goes on until it is ended. */
const WAITING = `console.log('ready'); setInterval(() => {}, 1000);`
const SETSID_CHILD = `
  import {spawn} from 'node:child_process'
  const child = spawn('setsid', ['sleep', '300'], {stdio: 'inherit'})
  ${WAITING}`
const DEAF = `
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => {})
  ${SETSID_CHILD}`
/** Counts, and lets the file system tell how far it has come. */
const counter = (from: number, to: number) => `
  for (let n = ${from}; n <= ${to}; n++) {
    console.log(JSON.stringify({type: 'status', content: 'n' + n}))
    await new Promise((resolve) => setTimeout(resolve, 2))
  }`

describe('a worker in trouble', () => {
  let bench: WorkerBench
  before(async () => {
    bench = await startWorkerBench()
  })
  after(() => bench.stop())

  const cancel = (run: WorkerRun) => bench.server.owner('POST', `/api/tasks/${run.taskId}/cancel`)
  const numbers = (messages: TaskMessage[]) => messages.map(({seq}) => seq)
  const upTo = (last: number) => Array.from({length: last}, (_, index) => index + 1)
  const ended = (run: WorkerRun) =>
    until(
      'the task has ended',
      async () => {
        const task = await run.task()
        return ['completed', 'failed', 'cancelled'].includes(task.status) && task
      },
      30_000,
    )

  for (const [what, agent] of [
    ['obeys', SETSID_CHILD],
    ['ignores every signal', DEAF],
  ] as const) {
    test(`a cancel ends an agent that ${what}, and its tools in sessions of their own (fault D1)`, async () => {
      const run = await bench.run({agent})
      const worker = run.start()
      await run.hears(/ready/)
      assert.ok((await findOrphans(run.taskId)).length >= 2)
      await cancel(run)
      assert.equal(await worker.exited, 0)
      assert.deepEqual(await findOrphans(run.taskId), [])
      assert.equal((await run.task()).status, 'cancelled')
      const late = await bench.server.owner('POST', `/api/daemon/tasks/${run.taskId}/messages`, {
        body: {messages: []},
      })
      assert.notEqual(late.status, 200, 'the transcript is sealed')
    })
  }

  test('an agent is asked to stop before its pipes close: it never spins on a broken one (fault D2)', async () => {
    const run = await bench.run({
      agent: `
        import {appendFileSync} from 'node:fs'
        const note = (what) => appendFileSync('notes', what + ' ')
        process.stdout.on('error', () => note('EPIPE'))
        process.on('SIGTERM', () => {
          note('TERM')
          setTimeout(() => process.exit(0), 300)
        })
        console.log('ready')
        setInterval(() => console.log('tick'), 5)`,
    })
    const worker = run.start()
    await run.hears(/ready/)
    await cancel(run)
    assert.equal(await worker.exited, 0)
    assert.equal((await readFile(join(run.workDir, 'notes'), 'utf8')).trim(), 'TERM')
    assert.deepEqual(await findOrphans(run.taskId), [])
  })

  test('a cancel between claim and start is acknowledged without an agent', async () => {
    const run = await bench.run({agent: WAITING})
    await cancel(run)
    assert.equal(await run.toEnd(), 0)
    assert.equal((await run.task()).status, 'cancelled')
    assert.deepEqual(await run.messages(), [])
  })

  test('a killed worker is followed by one that ends the agent and tells the truth (fault B4)', async () => {
    const run = await bench.run({agent: SETSID_CHILD})
    const worker = run.start()
    await run.hears(/ready/)
    process.kill(worker.pid, 'SIGKILL')
    await worker.exited
    assert.ok((await findOrphans(run.taskId)).length >= 2)
    assert.equal(await run.toEnd(), 0)
    assert.deepEqual(await findOrphans(run.taskId), [])
    const task = await run.task()
    assert.deepEqual([task.status, task.end_reason], ['failed', 'worker_lost'])
    const messages = await run.messages()
    assert.deepEqual(numbers(messages), upTo(messages.length))
    assert.match(messages[0]?.content ?? '', /ready/)
    assert.equal(messages.at(-1)?.type, 'error')
  })

  test('a worker that dies while it takes over makes nobody begin the run again (fault C4)', async () => {
    const run = await bench.run({agent: DEAF})
    const first = run.start()
    await run.hears(/ready/)
    process.kill(first.pid, 'SIGKILL')
    await first.exited
    // Its agent ignores every signal, so that this takes a few seconds.
    const second = run.start()
    const record = join(run.folder.path, 'worker.json')
    await until(
      'the second takes over',
      async () => JSON.parse(await readFile(record, 'utf8')).pid === second.pid,
    )
    process.kill(second.pid, 'SIGKILL')
    await second.exited
    assert.equal(await run.toEnd(), 0)
    const messages = await run.messages()
    assert.equal(messages.filter(({content}) => content?.includes('ready')).length, 1)
    const {status, end_reason} = await run.task()
    assert.deepEqual([status, end_reason], ['failed', 'worker_lost'])
    assert.deepEqual(await findOrphans(run.taskId), [])
  })

  test('two workers never work on one task (fault C4)', async () => {
    const run = await bench.run({agent: WAITING})
    const first = run.start()
    await run.hears(/ready/)
    assert.equal(await run.toEnd(), 1)
    assert.equal((await run.task()).status, 'running')
    await cancel(run)
    assert.equal(await first.exited, 0)
  })

  test('a server that is away across the whole run and its end costs nothing (fault B2)', async () => {
    const run = await bench.run({
      agent: `console.log('ready')
        await new Promise((resolve) => setTimeout(resolve, 300))
        ${counter(1, 300)}
        process.exit(0)`,
    })
    const worker = run.start()
    await run.hears(/ready/)
    bench.network.off()
    await until('the end is on the disk', async () => (await run.journal()).end, 30_000)
    assert.equal((await run.task()).status, 'running')
    bench.network.on()
    assert.equal(await worker.exited, 0)
    const task = await run.task()
    const messages = await run.messages()
    assert.equal(task.status, 'completed')
    assert.deepEqual(numbers(messages), upTo(messages.length))
    assert.deepEqual(
      messages.filter(({type}) => type === 'status').map(({content}) => content),
      upTo(300).map((n) => `n${n}`),
    )
  })

  test('a worker killed after the end was written is followed by one that reports it (fault B3)', async () => {
    const run = await bench.run({agent: `console.log('all done')`})
    const worker = run.start()
    await until('it has begun', async () => (await run.task()).status === 'running')
    bench.network.off()
    await until('the end is on the disk', async () =>
      run
        .journal()
        .then(({end}) => end !== undefined)
        .catch(() => false),
    )
    process.kill(worker.pid, 'SIGKILL')
    await worker.exited
    // As if the server had been away for hours: the run ended when its journal says so, never before its start.
    const kept = await readFile(run.folder.journal, 'utf8')
    await writeFile(run.folder.journal, kept.replace(/"at":\d+\}\}\n$/, '"at":1000}}\n'))
    bench.network.on()
    assert.equal(await run.toEnd(), 0)
    const task = await run.task()
    assert.deepEqual([task.status, task.result.output], ['completed', 'all done'])
    assert.equal(task.completed_at, task.started_at)
    assert.ok(task.sealed_at > task.completed_at)
  })

  test('a connection that is cut again and again loses and repeats nothing (fault A26)', async () => {
    const run = await bench.run({agent: `${counter(1, 1000)}\nconsole.log('done')`})
    const worker = run.start()
    for (let cut = 1; cut <= 8; cut++) {
      await until('more has come', async () => (await run.messages()).length > cut * 60, 30_000)
      bench.network.off()
      bench.network.on()
    }
    assert.equal(await worker.exited, 0)
    const messages = await run.messages()
    assert.deepEqual(
      messages.map(({content}) => content),
      [...upTo(1000).map((n) => `n${n}`), 'done'],
    )
    assert.equal((await run.task()).status, 'completed')
  })

  test('a task whose issue is deleted stops its worker, which keeps the journal (fault B7)', async () => {
    const run = await bench.run({agent: WAITING})
    const worker = run.start()
    await run.hears(/ready/)
    await bench.server.owner('DELETE', `/api/issues/${(await run.task()).issue_id}`)
    assert.equal(await worker.exited, 0)
    assert.deepEqual(await findOrphans(run.taskId), [])
    assert.equal((await run.journal()).messages.length, 1)
  })

  test('a worker without its folder ends its agent and itself', async () => {
    const run = await bench.run({agent: WAITING})
    const worker = run.start()
    await run.hears(/ready/)
    await rm(run.folder.path, {recursive: true})
    await worker.exited
    assert.deepEqual(await findOrphans(run.taskId), [])
    await cancel(run)
    await ended(run)
  })

  test('a stop ends the agent and fails the task with the reason (fault B5)', async () => {
    const run = await bench.run({agent: WAITING})
    const worker = run.start()
    await run.hears(/ready/)
    process.kill(worker.pid, 'SIGTERM')
    assert.equal(await worker.exited, 0)
    const task = await run.task()
    assert.deepEqual([task.status, task.end_reason], ['failed', 'stopped'])
  })

  test('a stop does not wait for a server that is away before the start', async () => {
    const run = await bench.run({agent: WAITING})
    bench.network.off()
    const worker = run.start()
    await until('the worker is there', () => run.record().catch(() => undefined))
    process.kill(worker.pid, 'SIGTERM')
    await until('the end is on the disk', async () => (await run.journal()).end, 20_000)
    bench.network.on()
    assert.equal(await worker.exited, 0)
    const task = await run.task()
    assert.deepEqual([task.status, task.end_reason], ['failed', 'stopped'])
  })

  test('a recycled pid is left alone by the worker that takes over', async () => {
    const run = await bench.run({agent: WAITING})
    const worker = run.start()
    await run.hears(/ready/)
    const record = await run.record()
    process.kill(worker.pid, 'SIGKILL')
    await worker.exited
    process.kill(record.agent_pid ?? 0, 'SIGKILL')
    const stranger = spawn('sleep', ['300'], {stdio: 'ignore'})
    const stale = {...record, agent_pid: stranger.pid, agent_pid_start: 'long ago'}
    await writeFile(run.folder.worker, JSON.stringify(stale))
    assert.equal(await run.toEnd(), 0)
    assert.notEqual(await processStartTime(stranger.pid ?? 0), undefined)
    stranger.kill()
    assert.equal((await run.task()).end_reason, 'worker_lost')
  })
})
