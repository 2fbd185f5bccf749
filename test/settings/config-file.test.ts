import assert from 'node:assert/strict'
import {execFile} from 'node:child_process'
import {mkdir, readdir, readFile, stat, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {test} from 'node:test'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'
import {openConfig} from '../../src/settings/config-file.js'
import {tempFolder} from '../support/temp-folder.js'

const newHome = tempFolder

test('reading a missing file gives an empty config and leaves no trace', async () => {
  const home = await newHome()
  assert.deepEqual(openConfig(undefined, {MULTICA_HOME: join(home, 'm')}).read(), {})
  assert.deepEqual(await readdir(home), [])
})

test('a change keeps unknown keys, leaves out empty ones and is private', async () => {
  const home = join(await newHome(), 'm')
  await mkdir(home)
  await writeFile(join(home, 'config.json'), '{"future": {"a.b": 1}, "token": "t"}')
  const config = openConfig(undefined, {MULTICA_HOME: home})
  await config.change((c) => ({...c, token: '', workspace_id: 'w', watched_workspaces: []}))
  const text = await readFile(config.path, 'utf8')
  assert.equal(text, '{\n  "future": {\n    "a.b": 1\n  },\n  "workspace_id": "w"\n}\n')
  assert.equal((await stat(config.path)).mode & 0o777, 0o600)
  assert.deepEqual(await readdir(home), ['config.json'])
})

test('a profile has its own file in a folder that only its owner can open', async () => {
  const home = join(await newHome(), 'm')
  const config = openConfig('dev', {MULTICA_HOME: home})
  await config.change((c) => ({...c, token: 't'}))
  assert.equal(config.path, join(home, 'profiles', 'dev', 'config.json'))
  assert.equal((await stat(join(home, 'profiles', 'dev'))).mode & 0o777, 0o700)
})

test('a broken file is named, and stays as it is', async () => {
  const home = await newHome()
  const path = join(home, 'config.json')
  const config = openConfig(undefined, {MULTICA_HOME: home})
  for (const [text, message] of [
    ['{"token": ', /parse CLI config: .*config\.json/],
    ['{"token": 1}', /parse CLI config: .*config\.json: token:/],
  ] as const) {
    await writeFile(path, text)
    assert.throws(() => config.read(), message)
    await assert.rejects(
      config.change((c) => c),
      message,
    )
    assert.equal(await readFile(path, 'utf8'), text)
  }
})

test('changes by several processes at once are all kept', async () => {
  const home = await newHome()
  const module = fileURLToPath(new URL('../../src/settings/config-file.js', import.meta.url))
  const script = `
    const {openConfig} = await import(${JSON.stringify(module)})
    const config = openConfig(undefined, {MULTICA_HOME: ${JSON.stringify(home)}})
    for (let i = 0; i < 5; i++) {
      const id = process.argv[1] + '-' + i
      await config.change((c) => ({...c, watched_workspaces: [...(c.watched_workspaces ?? []), {id}]}))
    }`
  const run = promisify(execFile)
  await Promise.all(
    ['a', 'b', 'c'].map((name) =>
      run(process.execPath, ['--input-type=module', '-e', script, name]),
    ),
  )
  const watched = openConfig(undefined, {MULTICA_HOME: home}).read().watched_workspaces ?? []
  assert.equal(new Set(watched.map((w) => w.id)).size, 15)
})
