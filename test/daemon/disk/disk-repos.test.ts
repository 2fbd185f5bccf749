import assert from 'node:assert/strict'
import {rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, test} from 'node:test'
import {checkOut} from '../../../src/repos/checkout.js'
import {lockRepo, RepoCache, USED_FILE} from '../../../src/repos/repo-cache.js'
import {
  age,
  createDiskBench,
  DAY,
  type DiskBench,
  exists,
  type FakeRun,
  makeUpstream,
} from '../../support/disk-bench.js'

describe('clones and checkouts of the daemon', () => {
  let bench: DiskBench
  let upstream: string
  let clone: string
  beforeEach(async () => {
    bench = await createDiskBench()
    upstream = await makeUpstream(bench)
  })
  afterEach(() => bench.close())

  const checkout = async (run: FakeRun) => {
    const root = join(bench.places.workspacesRoot, '.repos', bench.workspaceId)
    const made = await new RepoCache(root, bench.env).use(upstream, (repo) => {
      clone = repo.path
      return checkOut(repo, {
        url: upstream,
        workdir: run.workDir,
        agentName: 'a',
        taskId: run.id,
        env: bench.env,
      })
    })
    return made
  }
  const commit = async (cwd: string, file: string) => {
    await writeFile(join(cwd, file), file)
    await bench.at(cwd, 'add', '.')
    await bench.at(cwd, 'commit', '-q', '-m', file)
  }
  const branches = () => bench.at(clone, 'for-each-ref', '--format=%(refname:short)', 'refs/heads')
  const stamp = (ms: number) => age(join(clone, USED_FILE), ms)
  const events = (name: string) => bench.log.filter(({event}) => event === name)

  test('are counted, and go when they have not been used for long (fault H-3)', async () => {
    const run = await bench.run()
    await checkout(run)
    await run.end()
    const items = await bench.keeper().inventory()
    const [repo] = items.filter(({kind}) => kind === 'repo')
    assert.ok((repo?.bytes ?? 0) > 10_000)
    assert.equal(repo?.status, 'live')
    await stamp(99 * DAY)
    await bench.keeper().sweep()
    assert.equal(await exists(clone), true, 'a checkout of it stands')
    await rm(run.root, {recursive: true})
    await stamp(29 * DAY)
    await bench.keeper().sweep()
    assert.equal(await exists(clone), true)
    await stamp(31 * DAY)
    await bench.keeper().sweep()
    assert.equal(await exists(clone), false)
  })

  test('go at once when there is too much and nothing is only there', async () => {
    const run = await bench.run()
    const {path} = await checkout(run)
    await commit(path, 'two.txt')
    await bench.at(path, 'push', '-q', 'origin', 'HEAD')
    await run.end()
    await bench.keeper({quotaBytes: 0}).sweep()
    assert.equal(await exists(run.root), false)
    assert.equal(await branches(), '', 'what was pushed needs no branch here')
    assert.doesNotMatch(await bench.at(clone, 'worktree', 'list'), /\n/)
    await bench.keeper({quotaBytes: 0}).sweep()
    assert.equal(await exists(clone), false)
  })

  test('with work that is nowhere else go for their age only, and are named then', async () => {
    const run = await bench.run()
    const {path, branch_name} = await checkout(run)
    const draft = join(path, 'draft.txt')
    await writeFile(draft, 'd')
    await run.end()
    await bench.keeper({quotaBytes: 0}).sweep()
    assert.equal(await exists(draft), true, 'not committed')
    await commit(path, 'draft.txt')
    await bench.keeper({quotaBytes: 0}).sweep()
    assert.equal(await exists(draft), true, 'not pushed')
    await run.end(15 * DAY)
    await bench.keeper().sweep()
    assert.equal(await exists(run.root), false)
    assert.deepEqual(events('unpushed_work_removed')[0]?.unpushed, [path])
    assert.equal(await branches(), branch_name, 'its commits can still be had from the clone')
    await bench.keeper({quotaBytes: 0}).sweep()
    assert.equal(await exists(clone), true)
  })

  test('are left alone while somebody works on them (fault H-7)', async () => {
    const run = await bench.run()
    await checkout(run)
    await run.end()
    await rm(run.root, {recursive: true})
    await stamp(99 * DAY)
    const release = await lockRepo(clone, 0)
    await bench.keeper().sweep()
    assert.equal(await exists(clone), true)
    await release()
    await bench.keeper().sweep()
    assert.equal(await exists(clone), false)
  })

  test('a folder that one run has left is whole for the next one after a sweep', async () => {
    const first = await bench.run()
    const {path} = await checkout(first)
    await first.end()
    await bench.keeper().sweep()
    const second = await bench.run({priorWorkDir: first.workDir})
    assert.equal((await checkout(second)).path, path)
    assert.equal(await bench.at(path, 'status', '--porcelain'), '')
  })
})
