import assert from 'node:assert/strict'
import {execFile} from 'node:child_process'
import {link, mkdir, rm, symlink, truncate, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {test} from 'node:test'
import {promisify} from 'node:util'
import {takeInventory} from '../../../src/daemon/disk/inventory.js'
import {Measure} from '../../../src/daemon/disk/measure.js'
import {planRemovals} from '../../../src/daemon/disk/plan.js'
import {reportUsage} from '../../../src/daemon/disk/usage-report.js'
import {newId} from '../../../src/ids.js'
import {processStartTime} from '../../../src/process-tree/process-table.js'
import {checkOut} from '../../../src/repos/checkout.js'
import {RepoCache} from '../../../src/repos/repo-cache.js'
import {createDiskBench, makeUpstream} from '../../support/disk-bench.js'
import {tempFolder} from '../../support/temp-folder.js'

const run = promisify(execFile)
const du = async (...paths: string[]): Promise<number> => {
  const {stdout} = await run('du', ['-s', '-c', '--block-size=1', ...paths])
  return Number(stdout.trim().split('\n').at(-1)?.split('\t')[0])
}

test('a tree is as large as du says: links once, holes not, symbolic links not followed', async () => {
  const root = await tempFolder()
  const inner = join(root, 'a', 'b')
  await mkdir(inner, {recursive: true})
  await writeFile(join(inner, 'file'), Buffer.alloc(100_000, 1))
  await link(join(inner, 'file'), join(root, 'again'))
  await symlink('/usr', join(root, 'link'))
  await writeFile(join(root, 'hole'), 'x')
  await truncate(join(root, 'hole'), 50_000_000)
  const bytes = await new Measure().tree(root)
  assert.equal(bytes, await du(root))
  assert.ok(bytes < 1_000_000)
  await rm(root, {recursive: true})
})

test('every byte of the daemon is in one category, and the sum is what du says (fault H-2)', async () => {
  const bench = await createDiskBench()
  const {stateDir, logPath, workspacesRoot} = bench.places
  const upstream = await makeUpstream(bench)
  const runs = [await bench.run(), await bench.run({bytes: 300_000})]
  const root = join(workspacesRoot, '.repos', bench.workspaceId)
  await new RepoCache(root, bench.env).use(upstream, (repo) =>
    checkOut(repo, {
      url: upstream,
      workdir: runs[0]?.workDir ?? '',
      agentName: 'a',
      taskId: newId(),
      env: bench.env,
    }),
  )
  await runs[1]?.end()
  await mkdir(join(bench.home, 'logs'))
  for (const path of [logPath, `${logPath}.1`, `${logPath}.5`]) {
    await writeFile(path, 'line\n'.repeat(3000))
  }
  await mkdir(join(workspacesRoot, 'notes'))
  await writeFile(join(workspacesRoot, 'notes', 'mine'), Buffer.alloc(20_000))
  // The same file in two categories counts once.
  await link(join(workspacesRoot, 'notes', 'mine'), join(runs[0]?.workDir ?? '', 'linked'))
  const items = await takeInventory(bench.places, processStartTime)
  const limits = {
    taskRetentionMs: 1,
    workRetentionMs: 1,
    repoRetentionMs: 1,
    quotaBytes: 0,
    keepWork: false,
  }
  const plan = planRemovals(items, limits, Date.now() + 60_000)
  const report = reportUsage(items, limits, plan.due)
  const logs = [logPath, `${logPath}.1`, `${logPath}.5`]
  assert.equal(report.bytes, await du(stateDir, workspacesRoot, ...logs))
  assert.equal(
    report.categories.reduce((sum, {bytes}) => sum + bytes, 0),
    report.bytes,
  )
  for (const {category, items: count} of report.categories) {
    assert.equal(count > 0, category !== 'leftovers', category)
  }
  const [large, small] = report.tasks
  assert.deepEqual(
    [large?.status, small?.status, large?.issue],
    ['ended', 'unreported', 'LOC-7'],
    'fault H-12: the status is told',
  )
  assert.ok((large?.work_bytes ?? 0) >= 300_000 && (large?.journal_bytes ?? 0) > 0)
  assert.deepEqual(new Set(report.next_sweep.map(({task_id}) => task_id)), new Set([runs[1]?.id]))
  await bench.close()
})
