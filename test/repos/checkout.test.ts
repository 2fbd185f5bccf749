import assert from 'node:assert/strict'
import {mkdir, readFile, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {beforeEach, describe, test} from 'node:test'
import {newId} from '../../src/ids.js'
import {type CheckoutRequest, checkOut} from '../../src/repos/checkout.js'
import {git} from '../../src/repos/git.js'
import {branchName, cacheName, checkUrl, repoName, withoutPassword} from '../../src/repos/names.js'
import {RepoCache} from '../../src/repos/repo-cache.js'
import {tempFolder} from '../support/temp-folder.js'

const TASK = '12345678-0000-4000-8000-000000000000'

describe('a checkout', () => {
  let home: string
  let upstream: string
  let cache: RepoCache
  let env: Record<string, string>
  const at = (cwd: string, ...args: string[]) => git(args, {cwd, env})
  const commit = async (cwd: string, file: string, text: string) => {
    await writeFile(join(cwd, file), text)
    await at(cwd, 'add', '.')
    await at(cwd, 'commit', '-q', '-m', `Change ${file}`)
  }
  const request = (more: Partial<CheckoutRequest> = {}): CheckoutRequest => ({
    url: upstream,
    workdir: join(home, 'work'),
    agentName: 'My Agent!',
    taskId: TASK,
    env,
    ...more,
  })
  const check = (more: Partial<CheckoutRequest> = {}) => {
    const wanted = request(more)
    return cache.use(wanted.url, (repo) => checkOut(repo, wanted))
  }

  beforeEach(async () => {
    home = await tempFolder()
    env = {
      PATH: process.env.PATH ?? '',
      HOME: home,
      GIT_AUTHOR_NAME: 'A',
      GIT_AUTHOR_EMAIL: 'a@example.org',
      GIT_COMMITTER_NAME: 'A',
      GIT_COMMITTER_EMAIL: 'a@example.org',
    }
    upstream = join(home, 'upstream', 'app')
    await mkdir(upstream, {recursive: true})
    await at(upstream, 'init', '-q', '-b', 'trunk')
    await commit(upstream, 'one.txt', '1')
    cache = new RepoCache(join(home, 'cache'), env)
  })

  test('is a worktree of the default branch on a branch of its own', async () => {
    const {path, branch_name, warning} = await check()
    assert.equal(path, join(home, 'work', 'app'))
    assert.equal(branch_name, 'agent/my-agent/12345678')
    assert.equal(warning, undefined)
    assert.equal(await readFile(join(path, 'one.txt'), 'utf8'), '1')
    assert.equal(await at(path, 'branch', '--show-current'), branch_name)
    await mkdir(join(path, '.agent_context'))
    await writeFile(join(path, '.agent_context', 'x'), '')
    assert.equal(await at(path, 'status', '--porcelain'), '')
    await commit(path, 'two.txt', '2')
    await at(path, 'push', '-q', 'origin', 'HEAD')
    assert.match(await at(upstream, 'branch', '--list'), /agent\/my-agent\/12345678/)
  })

  test('of an earlier run is brought up to date when nothing was done in it', async () => {
    const first = await check()
    await commit(upstream, 'new.txt', 'n')
    const again = await check({taskId: '99999999-0000-4000-8000-000000000000'})
    assert.deepEqual(again, first)
    assert.equal(await readFile(join(again.path, 'new.txt'), 'utf8'), 'n')
  })

  test('of an earlier run keeps what it has pushed', async () => {
    const {path} = await check()
    await commit(path, 'mine.txt', 'm')
    await at(path, 'push', '-q', 'origin', 'HEAD')
    await commit(upstream, 'new.txt', 'n')
    await check()
    assert.equal(await readFile(join(path, 'mine.txt'), 'utf8'), 'm')
    await commit(path, 'more.txt', 'm')
    await at(path, 'push', '-q', 'origin', 'HEAD')
  })

  test('of an earlier run keeps whatever was done in it (fault C5)', async () => {
    const {path} = await check()
    await commit(path, 'mine.txt', 'm')
    await writeFile(join(path, 'draft.txt'), 'd')
    await commit(upstream, 'new.txt', 'n')
    const again = await check()
    assert.equal(await readFile(join(again.path, 'mine.txt'), 'utf8'), 'm')
    assert.equal(await readFile(join(again.path, 'draft.txt'), 'utf8'), 'd')
    assert.match(await at(path, 'log', '--oneline', 'origin/trunk'), /new\.txt/)
  })

  test('is up to date though upstream has moved a branch that another checkout is on (fault H-9)', async () => {
    const {path, branch_name} = await check()
    await at(path, 'push', '-q', 'origin', 'HEAD')
    await commit(upstream, 'new.txt', 'n')
    await at(upstream, 'branch', '-q', '-f', branch_name, 'trunk')
    const next = await check({workdir: join(home, 'next'), taskId: newId()})
    assert.equal(next.warning, undefined)
    assert.equal(await readFile(join(next.path, 'new.txt'), 'utf8'), 'n')
  })

  test('takes another branch when its name is taken, and says which', async () => {
    await check()
    const {branch_name} = await check({workdir: join(home, 'elsewhere')})
    assert.equal(branch_name, 'agent/my-agent/12345678-2')
  })

  test('a folder that was removed does not stand in the way', async () => {
    const {path} = await check()
    await rm(path, {recursive: true})
    assert.equal((await check()).path, path)
  })

  test('never overwrites what is no checkout of this repository (fault D13)', async () => {
    await mkdir(join(home, 'work', 'app'), {recursive: true})
    await writeFile(join(home, 'work', 'app', 'mine'), 'x')
    await assert.rejects(check(), /is there already and is no checkout of this repository/)
  })

  test('goes on with what is cached when the remote is away, and says so', async () => {
    await check()
    await rm(upstream, {recursive: true})
    const {warning} = await check({workdir: join(home, 'elsewhere')})
    assert.match(warning ?? '', /could not be updated: git fetch failed/)
  })

  test('an address that leads nowhere leaves nothing behind', async () => {
    const nowhere = join(home, 'nowhere')
    await assert.rejects(check({url: nowhere}), /git fetch failed: .*nowhere/s)
    await at(home, 'clone', '-q', '--bare', upstream, nowhere)
    assert.equal((await check({url: nowhere})).path, join(home, 'work', 'nowhere'))
  })

  test('many at once share one clone and disturb nobody', async () => {
    const done = await Promise.all(
      Array.from({length: 6}, (_, index) => check({workdir: join(home, `w${index}`)})),
    )
    assert.equal(new Set(done.map(({branch_name}) => branch_name)).size, 6)
    for (const {path} of done) assert.equal(await at(path, 'status', '--porcelain'), '')
  })

  test('an empty repository is named as such', async () => {
    const empty = join(home, 'empty')
    await mkdir(empty)
    await at(empty, 'init', '-q')
    await assert.rejects(check({url: empty}), /has no branch yet/)
  })
})

describe('names of repositories', () => {
  test('two addresses never share a folder (faults C6, H-10)', () => {
    assert.notEqual(cacheName('https://a.example/x/app.git'), cacheName('https://b.example/x/app'))
    assert.match(cacheName('git@example.org:team/app.git'), /^app-[0-9a-f]{40}\.git$/)
  })
  test('the folder is the last part of the address', () => {
    const names = ['https://e.org/t/app.git/', 'git@e.org:app', '/a/b/..', 'https://e.org/x/.git']
    assert.deepEqual(names.map(repoName), ['app', 'app', 'repo', 'repo'])
  })
  test('what git would take for an option or a program is refused', () => {
    for (const url of ['', ' ', '--upload-pack=x', 'ext::sh -c x', 'a\nb']) {
      assert.throws(() => checkUrl(url), url)
    }
    assert.equal(checkUrl(' https://e.org/a '), 'https://e.org/a')
  })
  test('branches, and passwords', () => {
    assert.equal(branchName('Ünïcode', TASK), 'agent/n-code/12345678')
    assert.equal(branchName('!!!', TASK), 'agent/agent/12345678')
    assert.equal(withoutPassword('at https://u:p@e.org/x'), 'at https://e.org/x')
  })
})
