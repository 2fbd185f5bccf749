import assert from 'node:assert/strict'
import {join} from 'node:path'
import {after, before, describe, it} from 'node:test'
import type {RemovalEntry, UsageReport} from '../../src/daemon/disk/usage-report.js'
import {createDiskBench, DAY, type DiskBench, exists, type FakeRun} from '../support/disk-bench.js'
import {type CliResult, runCli} from '../support/run-cli.js'

describe('daemon disk-usage and daemon clean', () => {
  let bench: DiskBench
  let open: FakeRun
  let ended: FakeRun
  before(async () => {
    bench = await createDiskBench((home) => ({
      stateDir: join(home, '.multica', 'daemon'),
      logPath: join(home, '.multica', 'daemon.log'),
      workspacesRoot: join(home, 'multica_workspaces'),
    }))
    open = await bench.run()
    ended = await bench.run({bytes: 3_000_000})
    await ended.end(15 * DAY)
  })
  after(() => bench.close())

  const multica = (...args: string[]): Promise<CliResult> =>
    runCli(['daemon', ...args], {home: bench.home})

  it('counts everything, without a daemon, and says what the next sweep removes', async () => {
    const {code, stdout, stderr} = await multica('disk-usage')
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^CATEGORY +ITEMS +SIZE\nwork folders +2 +2\.9 MiB\ntemp folders +2 /)
    assert.match(stdout, /\ntotal +3 MiB\n/)
    assert.match(stdout, /Limits: work folders 14d, clones 30d, journals 1d, 20 GiB together/)
    assert.match(stdout, /Next sweep: removes 3 of these, 2\.9 MiB/)
    const report: UsageReport = JSON.parse((await multica('disk-usage', '--json')).stdout)
    const paths = report.next_sweep.map(({path}) => path)
    assert.deepEqual(paths.sort(), [ended.folder.path, ended.root, join(ended.root, 'tmp')].sort())
    assert.equal(await exists(ended.root), true, 'looking changes nothing')
  })

  it('tells of each run whose it is and whether it goes on (fault H-12)', async () => {
    const {stdout} = await multica('disk-usage', '--by', 'task')
    const row = (run: FakeRun) => stdout.split('\n').find((line) => line.startsWith(run.id)) ?? ''
    assert.match(stdout, /^TASK +ISSUE +STATUS +LAST USED +WORK +TEMP +JOURNAL +SIZE\n/)
    assert.match(row(open), /LOC-7 +unreported +\d{4}-\d\d-\d\d \d\d:\d\d /)
    assert.match(row(ended), /LOC-7 +ended +.* 2\.9 MiB$/)
  })

  it('cleans when asked, by limits of its own too', async () => {
    const dry = await multica('clean', '--dry-run', '--work-retention', '20d', '--json')
    const kept: RemovalEntry[] = JSON.parse(dry.stdout)
    assert.deepEqual(
      kept.map(({category}) => category).sort(),
      ['journals', 'temp folders'],
      dry.stderr,
    )
    const cleaned = await multica('clean')
    assert.equal(cleaned.code, 0, cleaned.stderr)
    assert.match(cleaned.stdout, /work folders +age +2\.9 MiB +\S+multica_workspaces/)
    assert.match(cleaned.stderr, /^Freed 2\.9 MiB\.$/m)
    assert.equal(await exists(ended.root), false)
    assert.equal(await exists(open.workDir), true)
    const wrong = await multica('clean', '--disk-quota', 'little')
    assert.equal(wrong.code, 2)
    assert.match(wrong.stderr, /--disk-quota: "little" is no size: write it like 20GiB/)
  })
})
