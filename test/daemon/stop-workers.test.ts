import assert from 'node:assert/strict'
import {spawn} from 'node:child_process'
import {mkdir, writeFile} from 'node:fs/promises'
import {test} from 'node:test'
import {askToEnd} from '../../src/daemon/ask-to-end.js'
import {stopWorkers} from '../../src/daemon/stop-workers.js'
import {newId} from '../../src/ids.js'
import {processStartTime} from '../../src/process-tree/process-table.js'
import {taskFolder} from '../../src/task-folder/task-folder.js'
import {tempFolder} from '../support/temp-folder.js'

test('a worker that has been started, and has not said so yet, is stopped too (fault B5)', async () => {
  const stateDir = await tempFolder()
  const folder = taskFolder(stateDir, newId())
  await mkdir(folder.path, {recursive: true})
  await writeFile(folder.spec, '{}')
  const worker = spawn('sleep', ['60'])
  const exited = new Promise((resolve) => worker.once('exit', (_code, signal) => resolve(signal)))
  const stopping = stopWorkers(stateDir, {processStart: processStartTime, limitMs: 10_000})
  setTimeout(async () => {
    const record = {pid: worker.pid, pid_start: await processStartTime(worker.pid ?? 0)}
    await writeFile(folder.worker, JSON.stringify({...record, phase: 'preparing'}))
  }, 300)
  const {stopped, remaining} = await stopping
  assert.equal(await exited, 'SIGTERM')
  assert.deepEqual([stopped.length, remaining.length], [1, 0])
})

test('a process that has just ended needs no signal', async () => {
  const over = spawn('true')
  await new Promise((resolve) => over.once('exit', resolve))
  askToEnd(over.pid ?? 0)
})
