import assert from 'node:assert/strict'
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {after, afterEach, before, test} from 'node:test'
import {readTaskSpec} from '../../src/daemon/task-store.js'
import {taskFolder} from '../../src/task-folder/task-folder.js'
import {type DaemonBench, isGone, startDaemonBench} from '../support/daemon-bench.js'
import {until} from '../support/until.js'

let bench: DaemonBench

before(async () => {
  bench = await startDaemonBench()
})

afterEach(async () => {
  await bench.letGo()
  await until('nothing runs', async () => (await bench.status()).tasks.length === 0, 20_000)
})

after(() => bench.close())

test('an assigned issue is worked on to the end', async () => {
  const {taskId} = await bench.runToHello()
  const running = (await bench.status()).tasks.find(({id}) => id === taskId)
  assert.equal(running?.phase, 'running')
  await bench.letGo()
  const task = await bench.ended(taskId)
  assert.equal(task.status, 'completed')
  const text = (await bench.api.messages(taskId)).map(({content}) => content).join('')
  assert.match(text, /hello from \d+\n?goodbye/)
})

test("the agent's PATH begins with our command line, and it has no token of the user", async () => {
  const {taskId, agentPid} = await bench.runToHello()
  const environment = (await readFile(`/proc/${agentPid}/environ`, 'utf8')).split('\0')
  const path = environment.find((entry) => entry.startsWith('PATH='))
  assert.ok(path?.startsWith(`PATH=${join(bench.state, 'bin')}:`), path)
  assert.ok(!environment.some((entry) => entry.includes('mul_')))
  const spec = await readTaskSpec(taskFolder(bench.state, taskId))
  assert.match(spec?.task.task_token ?? '', /^mult_/)
})

test('kill -9 of the daemon does not hurt a run, and the next daemon finds it (fault B4)', async () => {
  const {taskId, agentPid} = await bench.runToHello()
  const worker = (await bench.workerRecord(taskId)).pid
  process.kill((await bench.status()).pid, 'SIGKILL')
  await bench.start()
  const found = (await bench.status()).tasks.find(({id}) => id === taskId)
  assert.equal(found?.worker_pid, worker)
  assert.equal(found?.recoveries, 0)
  assert.equal(await isGone(agentPid), false)
  await bench.letGo()
  assert.equal((await bench.ended(taskId)).status, 'completed')
})

test('a run that ends while no daemon lives is reported all the same', async () => {
  const {taskId} = await bench.runToHello()
  process.kill((await bench.status()).pid, 'SIGKILL')
  await bench.letGo()
  assert.equal((await bench.ended(taskId)).status, 'completed')
})

test('kill -9 of the worker ends its agent and fails the task with a reason', async () => {
  const {taskId, agentPid} = await bench.runToHello()
  process.kill((await bench.workerRecord(taskId)).pid, 'SIGKILL')
  const task = await bench.ended(taskId)
  assert.equal(task.status, 'failed')
  assert.equal(task.end_reason, 'worker_lost')
  await until('the agent is gone', () => isGone(agentPid))
  const messages = await bench.api.messages(taskId)
  assert.match(messages[0]?.content ?? '', /hello/)
  assert.equal(messages.at(-1)?.type, 'error')
})

test('kill -9 of daemon and worker at once is made good by the next daemon', async () => {
  const {taskId, agentPid} = await bench.runToHello()
  process.kill((await bench.status()).pid, 'SIGKILL')
  process.kill((await bench.workerRecord(taskId)).pid, 'SIGKILL')
  await bench.start()
  assert.equal((await bench.ended(taskId)).end_reason, 'worker_lost')
  await until('the agent is gone', () => isGone(agentPid))
})
