import assert from 'node:assert/strict'
import {afterEach, beforeEach, describe, test} from 'node:test'
import {limitsInForce} from '../../../src/daemon/disk/limits-file.js'
import {processStartTime} from '../../../src/process-tree/process-table.js'
import {openConfig} from '../../../src/settings/config-file.js'
import {resolvePaths} from '../../../src/settings/paths.js'
import {createDaemon, fakeAgent} from '../../support/create-daemon.js'
import {createDiskBench, DAY, type DiskBench, exists} from '../../support/disk-bench.js'
import {until} from '../../support/until.js'

describe('a daemon that starts', () => {
  let bench: DiskBench
  beforeEach(async () => {
    bench = await createDiskBench((home) => resolvePaths(undefined, {MULTICA_HOME: home}))
  })
  afterEach(() => bench.close())

  test('removes what is too old at once, and tells by which limits', async () => {
    const run = await bench.run()
    await run.end(3 * DAY)
    const env = {
      MULTICA_HOME: bench.home,
      MULTICA_DAEMON_WORK_RETENTION: '2d',
      MULTICA_DAEMON_DISK_QUOTA: '1GiB',
    }
    // Nobody answers there: sweeping needs no server.
    await openConfig(undefined, env).change((config) => ({
      ...config,
      server_url: 'http://127.0.0.1:9',
      token: 'mul_test',
    }))
    const {daemon} = createDaemon(env, [fakeAgent('report')])
    await daemon.start(new AbortController().signal)
    await until('the folder is gone', async () => !(await exists(run.root)))
    const limits = await limitsInForce(bench.places.stateDir, processStartTime)
    assert.deepEqual([limits?.workRetentionMs, limits?.quotaBytes], [2 * DAY, 1024 ** 3])
    await daemon.stop({stopTasks: false})
    assert.equal(await limitsInForce(bench.places.stateDir, processStartTime), undefined)
  })
})
