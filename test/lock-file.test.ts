import assert from 'node:assert/strict'
import {rm} from 'node:fs/promises'
import {join} from 'node:path'
import {test} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import {lockFile} from '../src/lock-file.js'
import {tempFolder} from './support/temp-folder.js'

test('a lock that is taken away ends neither the process nor the work under it', async () => {
  const path = join(await tempFolder(), 'state.json')
  const release = await lockFile(path, {stale: 2000, retries: 0})
  await assert.rejects(lockFile(path, {stale: 2000, retries: 0}), /already being held/)
  await rm(`${path}.lock`, {recursive: true})
  // The library looks after its lock once in half of this time.
  await delay(1500)
  await release()
  await (await lockFile(path, {stale: 2000, retries: 0}))()
})
