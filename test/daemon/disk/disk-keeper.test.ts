import assert from 'node:assert/strict'
import {mkdir, readdir, rename, symlink, writeFile} from 'node:fs/promises'
import {basename, join} from 'node:path'
import {afterEach, beforeEach, describe, test} from 'node:test'
import {removeItem} from '../../../src/daemon/disk/remove-item.js'
import {newId} from '../../../src/ids.js'
import {silentLog} from '../../../src/log.js'
import {processStartTime} from '../../../src/process-tree/process-table.js'
import {encodeHolder} from '../../../src/task-folder/task-lock-text.js'
import {useWorkFolder} from '../../../src/task-folder/work-folder-mark.js'
import {age, createDiskBench, DAY, type DiskBench, exists, HOUR} from '../../support/disk-bench.js'

describe('what the daemon keeps on the disk', () => {
  let bench: DiskBench
  beforeEach(async () => {
    bench = await createDiskBench()
  })
  afterEach(() => bench.close())

  test('goes by its age, whatever has become of the issue (fault H-1)', async () => {
    const [old, young] = [await bench.run(), await bench.run()]
    await old.end(15 * DAY)
    await young.end(2 * HOUR)
    await bench.keeper().sweep()
    assert.equal(await exists(old.root), false)
    assert.equal(await exists(old.folder.path), false)
    assert.equal(await exists(young.workDir), true)
    assert.equal(await exists(young.folder.journal), true)
  })

  test('goes by its size, oldest first, and no more than needed', async () => {
    const runs = []
    for (const ago of [1, 4, 3, 2]) {
      const run = await bench.run({bytes: 1_000_000})
      await run.end(ago * HOUR)
      runs.push({run, ago})
    }
    await bench.keeper({quotaBytes: 2_500_000}).sweep()
    const left = []
    for (const {run, ago} of runs) if (await exists(run.root)) left.push(ago)
    assert.deepEqual(left.sort(), [1, 2])
  })

  test('does not go while a run is at it or its end is not acknowledged, at quota 0', async () => {
    const open = await bench.run()
    const locked = await bench.run()
    await locked.end(99 * DAY)
    await writeFile(locked.folder.lock, encodeHolder({pid: 4242, start: 'then'}, newId()))
    const alive = async (pid: number) => (pid === 4242 ? 'then' : undefined)
    const limits = {quotaBytes: 0, workRetentionMs: 1, taskRetentionMs: 1, repoRetentionMs: 1}
    await age(open.folder.path, 99 * DAY)
    assert.deepEqual(await bench.keeper(limits, alive).sweep(), [])
    for (const run of [open, locked]) {
      assert.equal(await exists(join(run.workDir, `${run.id}.bin`)), true)
      assert.equal(await exists(join(run.root, 'tmp', 'scratch')), true)
      assert.equal(await exists(run.folder.journal), true)
    }
    await bench.keeper(limits).sweep()
    assert.equal(await exists(locked.root), false, 'its holder is gone')
    assert.equal(await exists(open.folder.journal), true)
  })

  test('temp folders go as soon as their run is over, by lock and not by age (fault H-4)', async () => {
    const [over, running] = [await bench.run(), await bench.run()]
    await over.end()
    await age(join(running.root, 'tmp'), 99 * DAY)
    await bench.keeper().sweep()
    assert.equal(await exists(join(over.root, 'tmp')), false)
    assert.equal(await exists(over.workDir), true)
    assert.equal(await exists(join(running.root, 'tmp', 'scratch')), true)
  })

  test('a worktree of a folder of the user stays for the next run', async () => {
    const run = await bench.run()
    await mkdir(join(run.root, 'worktree'))
    await rename(run.workDir, join(run.root, 'worktree', 'app'))
    await run.end()
    await bench.keeper().sweep()
    assert.equal(await exists(join(run.root, 'worktree', 'app')), true)
  })

  test('a folder in which no run can go on goes at once (fault H-2)', async () => {
    const [alone, first] = [await bench.run({issueId: null}), await bench.run()]
    await alone.end()
    await first.end()
    const second = await bench.run({priorWorkDir: first.workDir})
    await second.end()
    await bench.keeper().sweep()
    assert.equal(await exists(alone.root), false)
    assert.equal(await exists(second.root), false, 'it only had a temp folder')
    assert.equal(await exists(first.workDir), true)
  })

  test('a folder is in use as long as any run that works in it (fault C4)', async () => {
    const first = await bench.run()
    await first.end(99 * DAY)
    const second = await bench.run({priorWorkDir: first.workDir})
    assert.equal(second.workDir, first.workDir)
    await bench.keeper({quotaBytes: 0}).sweep()
    assert.equal(await exists(join(first.workDir, `${first.id}.bin`)), true)
    await second.end()
    await bench.keeper().sweep()
    assert.equal(await exists(first.workDir), true, 'its age counts from its last use')
    await bench.keeper({quotaBytes: 0}).sweep()
    assert.equal(await exists(first.root), false)
  })

  test('a folder that is taken into use between listing and deleting stays (fault H-8)', async () => {
    const first = await bench.run()
    await first.end(99 * DAY)
    const items = await bench.keeper().inventory()
    const item = items.find(({path}) => path === first.root) ?? assert.fail()
    assert.equal(item.status, 'ended')
    const later = await bench.run({priorWorkDir: first.workDir})
    const context = {
      places: bench.places,
      processStart: processStartTime,
      env: bench.env,
      log: silentLog,
    }
    assert.equal(await removeItem({item, reason: 'age'}, context), false)
    assert.equal(await exists(join(later.workDir, `${first.id}.bin`)), true)
  })

  test('runs that take folders while they are removed get a whole one or none (fault H-8)', async () => {
    for (let round = 0; round < 20; round++) {
      const first = await bench.run()
      await first.end(99 * DAY)
      const use = {taskId: newId(), stateFolder: (await bench.run()).folder.path}
      const [taken] = await Promise.all([useWorkFolder(first.root, use), bench.keeper().sweep()])
      assert.equal(await exists(join(first.workDir, `${first.id}.bin`)), taken, `round ${round}`)
    }
  })

  test('what we did not make is counted and left alone, whatever its name (fault C5)', async () => {
    const {stateDir, workspacesRoot} = bench.places
    const run = await bench.run()
    await run.end(99 * DAY)
    const workspace = join(workspacesRoot, bench.workspaceId)
    const foreign = [
      join(workspacesRoot, 'notes'),
      join(workspace, run.id.slice(0, 8)),
      join(workspace, newId()),
      join(workspace, `.trash-${run.id.slice(0, 8)}`),
      join(stateDir, 'tasks', run.id.slice(0, 8)),
      join(workspacesRoot, '.repos', bench.workspaceId, 'app.git'),
    ]
    for (const path of foreign) {
      await mkdir(path, {recursive: true})
      await writeFile(join(path, 'done.json'), '{}')
      await age(path, 99 * DAY)
    }
    const elsewhere = join(bench.home, 'elsewhere')
    await mkdir(elsewhere)
    await writeFile(join(elsewhere, 'mine'), 'x')
    await symlink(elsewhere, join(run.workDir, 'link'))
    await symlink(elsewhere, join(workspace, newId()))
    await bench.keeper({quotaBytes: 0}).sweep()
    for (const path of [...foreign, elsewhere]) assert.equal(await exists(path), true, path)
    assert.equal(await exists(join(elsewhere, 'mine')), true, 'links are not followed')
    assert.equal(await exists(run.root), false)
  })

  test('a folder whose mark is not whole is not ours (fault H-5)', async () => {
    const run = await bench.run()
    await run.end(99 * DAY)
    for (const text of ['', '{}', JSON.stringify({task_id: newId()})]) {
      await writeFile(join(run.root, '.multica', 'folder.json'), text)
      await bench.keeper().sweep()
      assert.equal(await exists(run.workDir), true, text)
    }
  })

  test('deletions that were cut short are finished, and one that fails stops no other', async () => {
    const {workspacesRoot, stateDir} = bench.places
    const runs = [await bench.run(), await bench.run()]
    for (const run of runs) await run.end(99 * DAY)
    const [cut, other] = runs
    const trash = join(workspacesRoot, bench.workspaceId, `.trash-${newId()}-${newId()}`)
    await rename(cut?.root ?? '', trash)
    await age(trash, HOUR)
    await writeFile(join(stateDir, 'state.json.999.tmp'), '{')
    await age(join(stateDir, 'state.json.999.tmp'), HOUR)
    // The lock of the folder cannot be made where a file of that name stands.
    await writeFile(`${other?.root}.lock`, '')
    await bench.keeper().sweep()
    assert.equal(await exists(trash), false)
    assert.equal(await exists(join(stateDir, 'state.json.999.tmp')), false)
    assert.equal(await exists(other?.folder.path ?? ''), false)
  })

  test('folders of pings that were cut short are counted and go, those under way stay', async () => {
    const pings = join(bench.places.workspacesRoot, '.pings')
    const [stale, young, foreign] = [newId(), newId(), 'notes'].map((name) => join(pings, name))
    for (const path of [stale, young, foreign]) await mkdir(path ?? '', {recursive: true})
    for (const path of [stale, foreign]) await age(path ?? '', HOUR)
    assert.equal((await bench.list('leftover')).length, 2)
    await bench.keeper().sweep()
    assert.deepEqual((await readdir(pings)).sort(), [basename(young ?? ''), 'notes'].sort())
  })

  test('a user who wants to keep work folders keeps them', async () => {
    const run = await bench.run()
    await run.end(99 * DAY)
    await bench.keeper({quotaBytes: 0, keepWork: true}).sweep()
    assert.equal(await exists(join(run.root, 'tmp', 'scratch')), true)
    assert.equal(await exists(run.folder.path), false)
  })
})
