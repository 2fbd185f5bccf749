import assert from 'node:assert/strict'
import {readdir, readFile, rm} from 'node:fs/promises'
import {test} from 'node:test'
import {setTimeout as sleep} from 'node:timers/promises'
import {taskFolderAt} from '../../src/task-folder/task-folder.js'
import {RecordFile} from '../../src/worker/worker-record.js'
import {tempFolder} from '../support/temp-folder.js'

const SOON_MS = 250

async function openRecord() {
  const folder = taskFolderAt(await tempFolder())
  return {folder, record: await RecordFile.create(folder, 0)}
}

test('a change that may wait is written soon', async () => {
  const {folder, record} = await openRecord()
  record.changeSoon({acked_seq: 3})
  await sleep(SOON_MS * 2)
  assert.equal(JSON.parse(await readFile(folder.worker, 'utf8')).acked_seq, 3)
})

test('nothing is written after the end, whatever was still to come', async () => {
  const {folder, record} = await openRecord()
  record.changeSoon({acked_seq: 3})
  await record.close({last_seq: 4})
  const {acked_seq, last_seq} = JSON.parse(await readFile(folder.worker, 'utf8'))
  assert.deepEqual({acked_seq, last_seq}, {acked_seq: 3, last_seq: 4})
  await rm(folder.worker)
  record.change({acked_seq: 5})
  record.changeSoon({acked_seq: 6})
  await sleep(SOON_MS * 2)
  assert.deepEqual(await readdir(folder.path), [])
})
