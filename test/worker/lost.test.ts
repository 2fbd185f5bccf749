import assert from 'node:assert/strict'
import {existsSync} from 'node:fs'
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {after, before, describe, test} from 'node:test'
import {until} from '../support/until.js'
import {startWorkerBench, type WorkerBench} from '../support/worker-bench.js'

/** Long enough for a worker to start on a busy machine: a claim that is not started goes back. */
const LEASE_MS = 6000

/** Waits until it is told to finish; also fills its folder for temporary files. */
const PATIENT = `
  import {existsSync, writeFileSync} from 'node:fs'
  writeFileSync(process.env.TMPDIR + '/scratch', 'x')
  console.log('ready')
  while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 20))
  console.log('and done')`

describe('a worker whose task was given up as lost', () => {
  let bench: WorkerBench
  before(async () => {
    bench = await startWorkerBench(LEASE_MS)
  })
  after(() => bench.stop())

  test('takes it up again when its machine wakes up, and its result counts (stream §7)', async () => {
    const run = await bench.run({agent: PATIENT})
    const worker = run.start()
    await run.hears(/ready/)
    process.kill(worker.pid, 'SIGSTOP')
    await until('the task is lost', async () => (await run.task()).end_reason === 'lost', 60_000)
    process.kill(worker.pid, 'SIGCONT')
    await until('the task runs again', async () => (await run.task()).status === 'running', 60_000)
    await writeFile(join(run.workDir, 'go'), '')
    assert.equal(await worker.exited, 0)
    const task = await run.task()
    assert.deepEqual([task.status, task.result.output], ['completed', 'ready\nand done'])
    assert.equal(
      existsSync(join(run.workDir, '..', 'tmp')),
      false,
      'temporary files go with the run',
    )
  })
})
