import assert from 'node:assert/strict'
import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {after, before, describe, test} from 'node:test'
import {DiskKeeper} from '../../../src/daemon/disk/disk-keeper.js'
import {silentLog} from '../../../src/log.js'
import {processStartTime} from '../../../src/process-tree/process-table.js'
import {exists} from '../../support/disk-bench.js'
import {until} from '../../support/until.js'
import {startWorkerBench, type WorkerBench, type WorkerRun} from '../../support/worker-bench.js'

/** Says a word, waits for a file in its own folder, and says what it finds there. */
const PATIENT = `
import {existsSync, readFileSync, writeFileSync} from 'node:fs'
writeFileSync('kept', 'still here')
writeFileSync(process.env.TMPDIR + '/scratch', 'x')
console.log('waiting')
while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 50))
console.log(readFileSync('kept', 'utf8') + readFileSync(process.env.TMPDIR + '/scratch', 'utf8'))
`

describe('a sweep with no room at all beside a real worker', () => {
  let bench: WorkerBench
  before(async () => {
    bench = await startWorkerBench()
  })
  after(() => bench.stop())

  const sweep = (run: WorkerRun) => {
    const stateDir = join(run.folder.path, '..', '..')
    const places = {
      stateDir,
      logPath: join(stateDir, 'daemon.log'),
      workspacesRoot: join(run.workDir, '..', '..', '..'),
    }
    const limits = {
      taskRetentionMs: 1,
      workRetentionMs: 1,
      repoRetentionMs: 1,
      quotaBytes: 0,
      keepWork: false,
    }
    const env = {PATH: process.env.PATH ?? ''}
    return new DiskKeeper({
      places,
      limits,
      env,
      processStart: processStartTime,
      log: silentLog,
    }).sweep()
  }

  test('takes nothing from it while it runs or reports, and everything afterwards (faults C4, H-4)', async () => {
    const run = await bench.run({agent: PATIENT})
    const worker = run.start()
    await run.hears(/waiting/)
    assert.deepEqual(await sweep(run), [])
    bench.network.off()
    await writeFile(join(run.workDir, 'go'), '')
    await until('its end is recorded', async () => (await run.journal()).end !== undefined)
    assert.deepEqual(await sweep(run), [], 'the server does not have its end yet')
    bench.network.on()
    assert.equal(await worker.exited, 0)
    assert.equal((await run.task()).status, 'completed')
    assert.match((await run.task()).result.output, /still herex/)
    await sweep(run)
    for (const path of [run.folder.path, run.workDir]) assert.equal(await exists(path), false, path)
  })
})
