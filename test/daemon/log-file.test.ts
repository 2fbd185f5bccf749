import assert from 'node:assert/strict'
import {existsSync} from 'node:fs'
import {appendFile, readdir, readFile, rename, stat, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {test} from 'node:test'
import {openLogFile} from '../../src/daemon/log-file.js'
import {followLines, readLastLines} from '../../src/daemon/tail-file.js'
import {tempFolder} from '../support/temp-folder.js'

test('a full file is put aside, and as many as wanted are kept (fault H-6)', async () => {
  const path = join(await tempFolder(), 'logs', 'daemon.log')
  const file = openLogFile(path, {maxBytes: 10, keep: 2})
  for (const line of ['one\n', 'two\n', 'three\n', 'four\n', 'five\n', 'six\n', 'seven\n']) {
    file.write(line)
  }
  const names = (await readdir(join(path, '..'))).sort()
  assert.deepEqual(names, ['daemon.log', 'daemon.log.1', 'daemon.log.2'])
  assert.equal(await readFile(path, 'utf8'), 'six\nseven\n')
  assert.equal(await readFile(`${path}.1`, 'utf8'), 'four\nfive\n')
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  assert.equal((await stat(`${path}.1`)).mode & 0o777, 0o600)
})

test('a file of before is continued and made private', async () => {
  const path = join(await tempFolder(), 'daemon.log')
  await writeFile(path, 'old\n', {mode: 0o644})
  openLogFile(path).write('new\n')
  assert.equal(await readFile(path, 'utf8'), 'old\nnew\n')
  assert.equal((await stat(path)).mode & 0o777, 0o600)
})

test('the last lines are read from the end of a file of any size', async () => {
  const path = join(await tempFolder(), 'x.log')
  const lines = Array.from({length: 20_000}, (_, i) => `zeile ${i} äöü`)
  await writeFile(path, `${lines.join('\n')}\n`)
  assert.deepEqual(await readLastLines(path, 3), lines.slice(-3))
  assert.deepEqual(await readLastLines(path, 15_000), lines.slice(-15_000))
  assert.deepEqual(await readLastLines(path, 50_000), lines)
  assert.deepEqual(await readLastLines(path, 0), [])
  await writeFile(path, 'no end')
  assert.deepEqual(await readLastLines(path, 2), ['no end'])
  await writeFile(path, '')
  assert.deepEqual(await readLastLines(path, 2), [])
})

test('a follower sees what is added, also after the file was put aside', async () => {
  const path = join(await tempFolder(), 'x.log')
  await writeFile(path, 'before\n')
  const stop = new AbortController()
  const lines = followLines(path, stop.signal)
  const first = lines.next()
  await appendFile(path, 'a\nb')
  assert.equal((await first).value, 'a')
  await appendFile(path, 'c\n')
  assert.equal((await lines.next()).value, 'bc')
  await rename(path, `${path}.1`)
  await writeFile(path, 'd\n')
  assert.equal((await lines.next()).value, 'd')
  stop.abort()
  assert.equal((await lines.next()).done, true)
})

test('a disk without room costs the line and nothing else', {
  skip: !existsSync('/dev/full'),
}, () => {
  const log = openLogFile('/dev/full')
  log.write('first\n')
  log.write('second\n')
})
