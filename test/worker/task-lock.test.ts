import assert from 'node:assert/strict'
import {mkdir, readdir, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {test} from 'node:test'
import {taskFolderAt} from '../../src/task-folder/task-folder.js'
import {lockTask} from '../../src/worker/task-lock.js'
import {tempFolder} from '../support/temp-folder.js'

const ROUNDS = 30
const RIVALS = 8

test('of many that take over from a dead worker at once, one works (fault C4)', async () => {
  const root = await tempFolder()
  for (let round = 0; round < ROUNDS; round++) {
    const folder = taskFolderAt(join(root, String(round)))
    await mkdir(folder.path)
    await writeFile(folder.lock, '2147483647 1\n')
    const tries = await Promise.allSettled(Array.from({length: RIVALS}, () => lockTask(folder)))
    const winners = tries.filter((one) => one.status === 'fulfilled')
    assert.equal(winners.length, 1)
    assert.deepEqual(await readdir(folder.path), ['worker.lock'])
    await winners[0]?.value()
    assert.deepEqual(await readdir(folder.path), [])
  }
  await rm(root, {recursive: true})
})

test('a lock that is only being made is not taken for a dead one (fault C4)', async () => {
  const root = await tempFolder()
  const folder = taskFolderAt(root)
  for (let round = 0; round < ROUNDS; round++) {
    const tries = await Promise.allSettled(Array.from({length: RIVALS}, () => lockTask(folder)))
    const winners = tries.filter((one) => one.status === 'fulfilled')
    assert.equal(winners.length, 1)
    await winners[0]?.value()
  }
  await rm(root, {recursive: true})
})
