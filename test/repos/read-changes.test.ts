import assert from 'node:assert/strict'
import {chmod, mkdir, readdir, readFile, rm, symlink, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {beforeEach, describe, test} from 'node:test'
import {createMasker} from '../../src/masking/masker.js'
import {MAX_CHECKOUT_PATCH_BYTES, patchOf} from '../../src/protocol/task-diff.js'
import {writeBase} from '../../src/repos/base-commit.js'
import {findCheckouts} from '../../src/repos/find-checkouts.js'
import {git} from '../../src/repos/git.js'
import {readChanges} from '../../src/repos/read-changes.js'
import {tempFolder} from '../support/temp-folder.js'

describe('the changes of a checkout', () => {
  let home: string
  let repo: string
  let base: string
  let env: Record<string, string>
  const at = (cwd: string, ...args: string[]) => git(args, {cwd, env})
  const put = (name: string, text: string | Buffer) => writeFile(join(repo, name), text)
  const commit = async (message: string) => {
    await at(repo, 'add', '-A')
    await at(repo, 'commit', '-q', '-m', message)
  }
  const read = (mask: (text: string) => string = (text) => text, path = repo) =>
    readChanges({
      path,
      name: 'app',
      tempDir: home,
      env,
      mask,
      signal: AbortSignal.timeout(20_000),
    })
  const lines = (count: number, what = 'line') =>
    Array.from({length: count}, (_, index) => `${what} ${index}\n`).join('')

  beforeEach(async () => {
    home = await tempFolder()
    env = {
      PATH: process.env.PATH ?? '',
      HOME: home,
      GIT_AUTHOR_NAME: 'Ada',
      GIT_AUTHOR_EMAIL: 'a@example.org',
      GIT_COMMITTER_NAME: 'Ada',
      GIT_COMMITTER_EMAIL: 'a@example.org',
    }
    repo = join(home, 'app')
    await mkdir(repo)
    await at(repo, 'init', '-q', '-b', 'trunk')
    await put('kept.txt', lines(20))
    await put('moved.txt', lines(30, 'moved'))
    await put('gone.txt', 'gone\n')
    await commit('Begin')
    base = await at(repo, 'rev-parse', 'HEAD')
    await writeBase(join(repo, '.git'), base)
    await at(repo, 'checkout', '-q', '-b', 'work')
  })

  test('are its branch, its commits and one diff with what is in no commit yet', async () => {
    await put('kept.txt', lines(20).replace('line 3', 'line three'))
    await commit('Say three')
    await at(repo, 'mv', 'moved.txt', 'renamed.txt')
    await put('new file.txt', 'a\nb\n')
    await rm(join(repo, 'gone.txt'))
    await put('.gitignore', 'ignored\n')
    await put('ignored', 'x')
    const before = await at(repo, 'status', '--porcelain')
    const diff = await read()
    assert.deepEqual([diff.branch, diff.base, diff.commits_total], ['work', base, 1])
    assert.deepEqual(
      diff.commits.map(({author, subject}) => [author, subject]),
      [['Ada', 'Say three']],
    )
    const told = diff.files.map(({path, old_path, change, additions, deletions, uncommitted}) => [
      path,
      old_path,
      change,
      additions,
      deletions,
      uncommitted,
    ])
    assert.deepEqual(told, [
      ['.gitignore', null, 'added', 1, 0, true],
      ['gone.txt', null, 'deleted', 0, 1, true],
      ['kept.txt', null, 'modified', 1, 1, false],
      ['new file.txt', null, 'added', 2, 0, true],
      ['renamed.txt', 'moved.txt', 'renamed', 0, 0, true],
    ])
    assert.deepEqual([diff.additions, diff.deletions, diff.truncated], [4, 2, false])
    assert.equal(await at(repo, 'status', '--porcelain'), before, 'the checkout is as it was')
    assert.deepEqual((await readdir(home)).sort(), ['app'])
  })

  test('apply to the base as a patch', async () => {
    await put('kept.txt', lines(20).replace('line 3', 'line three').replace('line 19\n', 'end'))
    await at(repo, 'mv', 'moved.txt', 'dir.txt')
    await mkdir(join(repo, 'deep'))
    await put('deep/"quoted" ü.txt', 'new\n')
    await put('empty', '')
    await put('tool.sh', '#!/bin/sh\n')
    await chmod(join(repo, 'tool.sh'), 0o755)
    await symlink('kept.txt', join(repo, 'link'))
    const patch = patchOf({checkouts: [await read()]})
    const copy = join(home, 'copy')
    await at(home, 'clone', '-q', repo, copy)
    await at(copy, 'checkout', '-q', base)
    await writeFile(join(home, 'changes.diff'), patch)
    await at(copy, 'apply', '--index', join(home, 'changes.diff'))
    await at(repo, 'add', '-A')
    assert.equal(await at(copy, 'write-tree'), await at(repo, 'write-tree'))
  })

  test('name binary and large files with their sizes, and leave them out of the patch', async () => {
    await put('logo.png', Buffer.from([0x89, 0x50, 0, 0, 1, 2]))
    await put('data.csv', 'x'.repeat(1_500_000))
    await commit('Add a picture')
    await put('dump.sql', 'y\n'.repeat(1_000_000))
    const diff = await read()
    const told = diff.files.map(({path, omitted, size, additions}) => [
      path,
      omitted,
      size,
      additions,
    ])
    assert.deepEqual(told, [
      ['data.csv', 'large', 1_500_000, null],
      ['logo.png', 'binary', 6, null],
      ['dump.sql', 'large', 2_000_000, null],
    ])
    assert.equal(diff.truncated, true)
    assert.equal(patchOf({checkouts: [diff]}), '')
  })

  test('are cut on the border of a file, visibly', async () => {
    for (const name of 'abcdefgh') await put(`${name}.txt`, lines(10_000, 'a longer line'))
    const diff = await read()
    const kept = diff.files.filter(({patch}) => patch !== null)
    assert.ok(kept.length > 2 && kept.length < 8, `${kept.length} kept`)
    assert.ok(patchOf({checkouts: [diff]}).length <= MAX_CHECKOUT_PATCH_BYTES)
    for (const {patch} of kept) assert.match(patch ?? '', /\+a longer line 9999\n$/)
    assert.ok(diff.files.slice(kept.length).every(({omitted}) => omitted === 'limit'))
    assert.deepEqual([diff.truncated, diff.additions], [true, 8 * 10_000])
  })

  test('are masked like everything else, and their heads still count right (fault H12)', async () => {
    const key = `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines(5, 'a'.repeat(60)).replaceAll(' ', '')}-----END OPENSSH PRIVATE KEY-----\n`
    await put('.env', `before\n${key}TOKEN=s3cr3t-value-of-mine\n`)
    await commit('Use s3cr3t-value-of-mine')
    const {mask} = createMasker({secrets: ['s3cr3t-value-of-mine']})
    const diff = await read(mask)
    const text = JSON.stringify(diff)
    assert.doesNotMatch(text, /s3cr3t|aaaaaaaa/)
    const [file] = diff.files
    assert.equal(file?.altered, true)
    const added = (file?.patch ?? '').split('\n').filter((line) => /^\+(?!\+\+)/.test(line))
    assert.match(file?.patch ?? '', new RegExp(`@@ -0,0 \\+1,${added.length} @@`))
  })

  test('start nothing that the settings of the checkout name', async () => {
    const mark = join(home, 'started')
    const script = join(home, 'evil.sh')
    await writeFile(script, `#!/bin/sh\ntouch ${mark}\ncat\n`)
    await chmod(script, 0o755)
    await put('.gitattributes', '* diff=evil filter=evil\n')
    await put('kept.txt', 'other\n')
    await commit('Set a trap')
    await put('kept.txt', 'changed\n')
    await put('fresh.txt', 'fresh\n')
    const settings = {
      'core.fsmonitor': script,
      'core.hooksPath': home,
      'core.pager': script,
      'core.worktree': home,
      'diff.external': script,
      'diff.evil.command': script,
      'diff.evil.textconv': script,
      'filter.evil.clean': script,
      'filter.evil.process': script,
      'filter.evil.required': 'true',
      'log.showSignature': 'true',
      'gpg.program': script,
    }
    for (const [key, value] of Object.entries(settings)) {
      await at(home, 'config', '--file', join(repo, '.git', 'config'), key, value)
    }
    const diff = await read()
    assert.deepEqual(
      diff.files.map(({path}) => path),
      ['.gitattributes', 'fresh.txt', 'kept.txt'],
    )
    await assert.rejects(readFile(mark), /ENOENT/)
  })

  test('of a repository that the agent has made are all that is in it', async () => {
    const own = join(home, 'own')
    await mkdir(own)
    await at(own, 'init', '-q', '-b', 'main')
    await writeFile(join(own, 'one.txt'), '1\n')
    const empty = await read(undefined, own)
    assert.deepEqual(
      [empty.branch, empty.base, empty.head, empty.files_total],
      ['main', null, null, 1],
    )
    await at(own, 'add', '-A')
    await at(own, 'commit', '-q', '-m', 'One')
    const diff = await read(undefined, own)
    assert.deepEqual([diff.base, diff.commits_total, diff.additions], [null, 1, 1])
  })

  test('of a clone are those since it left its remote', async () => {
    const clone = join(home, 'clone')
    await at(home, 'clone', '-q', repo, clone)
    await writeFile(join(clone, 'mine.txt'), 'm\n')
    await at(clone, 'add', '-A')
    await at(clone, 'commit', '-q', '-m', 'Mine')
    const diff = await read(undefined, clone)
    assert.deepEqual([diff.base, diff.url, diff.commits_total], [base, repo, 1])
  })

  test('checkouts are found in a work folder, itself and below, and not through links', async () => {
    const work = join(home, 'work')
    await mkdir(join(work, 'a', 'b'), {recursive: true})
    await at(join(work, 'a', 'b'), 'init', '-q')
    await symlink(repo, join(work, 'link'))
    await mkdir(join(work, 'node_modules'))
    await at(join(work, 'node_modules'), 'init', '-q')
    assert.deepEqual(await findCheckouts(work), [{path: join(work, 'a', 'b'), name: 'a/b'}])
    assert.deepEqual(await findCheckouts(repo), [{path: repo, name: '.'}])
  })
})
