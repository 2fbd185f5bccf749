import assert from 'node:assert/strict'
import {chmod, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {test} from 'node:test'
import {mergePaths, resolvePath} from '../../src/daemon/login-path.js'
import {tempFolder} from '../support/temp-folder.js'

async function shell(script: string): Promise<string> {
  const path = join(await tempFolder(), 'shell')
  await writeFile(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
  return path
}

test('a poor PATH is filled up by the login shell, whatever else that prints (fault M10)', async () => {
  const SHELL = await shell('echo welcome; PATH=/home/me/bin:/usr/bin; shift; eval "$1"; echo bye')
  assert.equal(await resolvePath({PATH: '/usr/bin:/bin', SHELL}), '/usr/bin:/bin:/home/me/bin')
})

test('a rich PATH is left as it is', async () => {
  const SHELL = await shell('printf "__multica_path__/x__multica_path__"')
  assert.equal(await resolvePath({PATH: '/opt/x/bin:/bin', SHELL}), '/opt/x/bin:/bin')
})

test('a shell that fails, is missing or hangs costs at most its time limit', async () => {
  const hanging = await shell('exec sleep 60')
  for (const SHELL of [await shell('exit 3'), '/nowhere/shell', hanging]) {
    assert.equal(await resolvePath({PATH: '/bin', SHELL}), '/bin')
  }
})

test('folders are kept in order and once', () => {
  assert.equal(mergePaths('/a::/b', '/b:/c:/a'), '/a:/b:/c')
})
