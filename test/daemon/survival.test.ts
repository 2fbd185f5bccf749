import assert from 'node:assert/strict'
import {after, before, test} from 'node:test'
import {type DaemonBench, isGone, startDaemonBench} from '../support/daemon-bench.js'
import {until} from '../support/until.js'

let bench: DaemonBench
before(async () => {
  bench = await startDaemonBench()
})
after(() => bench.close())

test('a run whose end falls into an outage, with the daemon killed too, is completed (faults B2, B3)', async () => {
  const {taskId, agentPid} = await bench.runToHello()
  const {pid} = await bench.status()
  await bench.stopServer()
  await bench.letGo()
  await until('the agent has ended', () => isGone(agentPid), 20_000)
  await until('its end waits', async () => {
    return (await bench.workerRecord(taskId)).phase === 'uploading'
  })
  const [waiting] = (await bench.status()).tasks
  assert.ok((waiting?.lag.messages ?? 0) > 0, 'the status tells what waits')
  assert.equal(waiting?.lost, 0)
  process.kill(pid, 'SIGKILL')
  await until('the daemon is gone', () => isGone(pid))
  await bench.startServer()
  const task = await bench.ended(taskId)
  assert.equal(task.status, 'completed', task.error ?? '')
  const messages = await bench.api.messages(taskId)
  assert.deepEqual(
    messages.map(({seq}) => seq),
    messages.map((_message, index) => index + 1),
  )
  const said = messages.map(({content}) => content).join('')
  assert.match(said, /hello from \d+[\s\S]*goodbye/)
  await bench.start()
})

test('after a reboot the next daemon reports what was lost with the machine (fault B4)', async () => {
  const {taskId, agentPid} = await bench.runToHello()
  const status = await bench.status()
  const worker = status.tasks.find(({id}) => id === taskId)?.worker_pid ?? 0
  for (const pid of [status.pid, worker, agentPid]) process.kill(pid, 'SIGKILL')
  for (const pid of [status.pid, worker, agentPid]) await until('it is gone', () => isGone(pid))
  await bench.start()
  const task = await bench.ended(taskId)
  assert.deepEqual([task.status, task.end_reason], ['failed', 'worker_lost'])
  const messages = await bench.api.messages(taskId)
  assert.match(messages[0]?.content ?? '', /hello/)
  assert.equal(messages.at(-1)?.type, 'error')
  await bench.letGo()
  await until('nothing runs', async () => (await bench.status()).tasks.length === 0, 20_000)
  assert.equal((await bench.status()).transcripts.lost, 0)
})
