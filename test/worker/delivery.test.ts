import assert from 'node:assert/strict'
import {appendFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {test} from 'node:test'
import {describeTask, sumDelivery} from '../../src/daemon/supervised-task.js'
import {taskFolderAt} from '../../src/task-folder/task-folder.js'
import type {TaskSpec} from '../../src/task-folder/task-spec.js'
import {Delivery} from '../../src/worker/delivery.js'
import {Journal} from '../../src/worker/journal.js'
import {RecordFile} from '../../src/worker/worker-record.js'
import {tempFolder} from '../support/temp-folder.js'

async function setUp() {
  const folder = taskFolderAt(await tempFolder())
  const record = await RecordFile.create(folder, 0)
  const journal = {lastSeq: 0}
  let now = 1000
  const delivery = new Delivery(record, journal, () => new Date(now))
  const spec = {task: {id: 't', issue_identifier: null}, provider: 'p'} as unknown as TaskSpec
  return {
    delivery,
    append: (at: number) => {
      now = at
      journal.lastSeq++
      delivery.appended()
    },
    acknowledge: (seq: number, at: number) => {
      now = at
      delivery.acknowledged(seq)
    },
    async at(time: number) {
      await record.save()
      return describeTask({spec, folder, worker: undefined, recoveries: 0}, time)
    },
  }
}

test('status tells the last acknowledged message, what waits, and since when (fault H2)', async () => {
  const {append, acknowledge, at} = await setUp()
  append(1000)
  append(2000)
  assert.deepEqual((await at(5000)).lag, {messages: 2, ms: 4000})
  acknowledge(1, 6000)
  const half = await at(7000)
  assert.deepEqual([half.acked_seq, half.acked_at], [1, new Date(6000).toISOString()])
  assert.deepEqual(half.lag, {messages: 1, ms: 1000})
  acknowledge(2, 8000)
  const whole = await at(60_000)
  assert.deepEqual([whole.lag, whole.lost], [{messages: 0, ms: 0}, 0])
})

test('what the server will never have is counted as lost (fault A26)', async () => {
  const {delivery, at} = await setUp()
  delivery.lost(0)
  delivery.lost(2)
  const task = await at(0)
  assert.equal(task.lost, 2)
  assert.deepEqual(sumDelivery([task, task], 1), {lag_messages: 0, lag_ms: 0, lost: 5})
})

test('a journal that is damaged in its middle says how many lines it has lost', async () => {
  const path = join(await tempFolder(), 'journal.ndjson')
  const line = (seq: number): string => `${JSON.stringify({m: {seq, type: 'text'}})}\n`
  await writeFile(path, `${line(1)}{"m":{"se\u0000\n${line(3)}${line(4)}`)
  const journal = await Journal.open(path)
  assert.deepEqual([journal.lastSeq, journal.damaged], [1, 3])
  await journal.close()
  await appendFile(path, '{"m":{"torn')
  const torn = await Journal.open(path)
  assert.deepEqual([torn.lastSeq, torn.damaged], [1, 0])
  await torn.close()
})
