import assert from 'node:assert/strict'
import {spawnSync} from 'node:child_process'
import {chmod, readFile, writeFile} from 'node:fs/promises'
import {delimiter, join} from 'node:path'
import {test} from 'node:test'
import {tempFolder} from '../support/temp-folder.js'

const STOP_TREE = new URL('../../src/process-tree/stop-tree.js', import.meta.url).href

/** A stand-in: what Windows does with it is not tried here. */
const TASKKILL = `#!/bin/sh
echo "$@" > "$TASKKILL_SAID"
kill -9 "$2"
`

test('on Windows a tree is ended by the command of the system (fault D3)', async () => {
  const folder = await tempFolder()
  const said = join(folder, 'said')
  await writeFile(join(folder, 'taskkill'), TASKKILL)
  await chmod(join(folder, 'taskkill'), 0o755)
  const program = `
    import {spawn} from 'node:child_process'
    Object.defineProperty(process, 'platform', {value: 'win32'})
    const {stopTree} = await import(${JSON.stringify(STOP_TREE)})
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    const {survivors} = await stopTree({pid: child.pid})
    console.log(JSON.stringify({pid: child.pid, survivors, again: await stopTree({pid: child.pid})}))`
  const {stdout, stderr} = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    timeout: 30_000,
    env: {PATH: `${folder}${delimiter}${process.env.PATH}`, TASKKILL_SAID: said},
  })
  assert.equal(stderr, '')
  const {pid, survivors, again} = JSON.parse(stdout)
  assert.deepEqual(survivors, [])
  assert.deepEqual(again.survivors, [])
  assert.equal(await readFile(said, 'utf8'), `/pid ${pid} /T /F\n`)
})
