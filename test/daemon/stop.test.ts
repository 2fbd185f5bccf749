import assert from 'node:assert/strict'
import {after, afterEach, before, test} from 'node:test'
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

test('daemon stop lets running tasks end by themselves and then stops', async () => {
  const {taskId} = await bench.runToHello()
  const stop = bench.startCli('daemon', 'stop')
  await until('it waits', () =>
    /^Waiting up to 30s for LOC-\d+ \(waiter\) \(Ctrl-C leaves/m.test(stop.stderr),
  )
  assert.equal((await bench.status()).state, 'draining')
  await bench.letGo()
  const {code, stderr} = await stop.done
  assert.equal(code, 0, stderr)
  assert.match(stderr, /Daemon stopped\.\n$/)
  assert.equal((await bench.api.task(taskId)).status, 'completed')
})

test('daemon stop takes no new task while it waits, and Ctrl-C lets everything go on', async () => {
  const {taskId} = await bench.runToHello()
  const {pid} = await bench.status()
  const stop = bench.startCli('daemon', 'stop')
  await until('it waits', () => stop.stderr.includes('Waiting up to'))
  const issue = await bench.api.createIssue({
    title: 'Late',
    status: 'todo',
    assignee_type: 'agent',
    assignee_id: bench.agentId,
  })
  const late = await until('it has a task', async () => (await bench.api.issueTasks(issue.id))[0])
  assert.equal((await bench.status()).state, 'draining')
  assert.equal((await bench.api.task(late.id)).status, 'queued')
  stop.child.kill('SIGINT')
  assert.equal((await stop.done).code, 130)
  await until('the late one runs', async () => {
    return (await bench.api.task(late.id)).status === 'running'
  })
  const status = await bench.status()
  assert.deepEqual([status.pid, status.state], [pid, 'ready'])
  assert.equal((await bench.api.task(taskId)).status, 'running')
})

test('a stop that is killed while it waits leaves no idle daemon behind', async () => {
  await bench.runToHello()
  const stop = bench.startCli('daemon', 'stop')
  await until('it waits', () => stop.stderr.includes('Waiting up to'))
  stop.child.kill('SIGKILL')
  await stop.done
  await until('it takes tasks again', async () => (await bench.status()).state === 'ready')
})

test('daemon stop ends what does not finish in time and reports it as stopped (fault B5)', async () => {
  const {taskId, agentPid} = await bench.runToHello()
  const {code, stderr} = await bench.cli('daemon', 'stop', '--drain', '500ms')
  assert.equal(code, 0, stderr)
  const name = 'LOC-\\d+ \\(waiter\\)'
  assert.match(stderr, new RegExp(`^Not finished after 500ms: ${name}$`, 'm'))
  assert.match(stderr, new RegExp(`^Daemon stopped\\.$[\\s\\S]*^Stopped ${name}\\.$`, 'm'))
  const task = await bench.api.task(taskId)
  assert.deepEqual([task.status, task.end_reason], ['failed', 'stopped'])
  assert.ok(await isGone(agentPid))
  assert.equal((await bench.api.runtimes())[0]?.status, 'offline')
})

test('daemon stop --keep-tasks leaves the run alone, and a stop without a daemon ends it', async () => {
  const {taskId, agentPid} = await bench.runToHello()
  const stop = await bench.cli('daemon', 'stop', '--keep-tasks')
  assert.equal(stop.code, 0)
  assert.match(stop.stderr, /Daemon stopped\.\nStill running: LOC-\d+ \(waiter\)\n$/)
  assert.equal((await bench.api.task(taskId)).status, 'running')
  const rest = await bench.cli('daemon', 'stop', '--drain', '0')
  assert.equal(rest.code, 0)
  assert.match(rest.stderr, /Daemon is not running\.\n(.+\n)?Stopped LOC-\d+ \(waiter\)\.\n$/)
  assert.equal((await bench.ended(taskId)).end_reason, 'stopped')
  assert.ok(await isGone(agentPid))
  const nothing = await bench.cli('daemon', 'stop')
  assert.match(nothing.stderr, /^Daemon is not running\.\n$/)
})

test('agents are stopped though the server is away, and it is told when it is back (fault B3)', async () => {
  const {taskId, agentPid} = await bench.runToHello()
  await bench.stopServer()
  const {code, stderr} = await bench.cli('daemon', 'stop', '--drain', '0')
  await bench.startServer()
  assert.equal(code, 0, stderr)
  assert.match(stderr, /Stopped LOC-\d+ \(waiter\); the server is told when it can be reached\.\n$/)
  assert.ok(await isGone(agentPid))
  assert.equal((await bench.ended(taskId)).end_reason, 'stopped')
})

test('daemon restart keeps runs, and the flags of the start unless they are given anew', async () => {
  await bench.cli('daemon', 'stop')
  await bench.start('--max-concurrent-tasks', '7', '--device-name', 'desk')
  const before = await bench.status()
  const {agentPid} = await bench.runToHello()
  const first = await bench.cli('daemon', 'restart', '--device-name', 'lab')
  assert.equal(first.code, 0, first.stderr)
  assert.match(first.stderr, /^Daemon restarted \(pid \d+\)\n[\s\S]*^Tasks taken over: 1$/m)
  const after = await bench.status()
  assert.notEqual(after.pid, before.pid)
  assert.deepEqual([after.capacity.total, after.device_name], [7, 'lab'])
  assert.equal(await isGone(agentPid), false)
  assert.equal((await bench.cli('daemon', 'restart')).code, 0)
  assert.equal((await bench.status()).device_name, 'lab')
})

test('daemon restart leaves the daemon alone when the new one could not start (fault D8)', async () => {
  const {pid} = await bench.status()
  const wrong = await bench.cli('daemon', 'restart', '--max-concurrent-tasks', '0')
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /max-concurrent-tasks/)
  assert.equal((await bench.status()).pid, pid)
})

test('daemon restart does not replace a daemon of another terminal', async () => {
  await bench.cli('daemon', 'stop')
  const other = bench.startCli('daemon', 'start', '--foreground')
  await until('it is up', () => other.stderr.includes('daemon_started'))
  const {code, stderr} = await bench.cli('daemon', 'restart')
  assert.equal(code, 1)
  assert.match(stderr, /runs in the foreground of another program \(pid \d+\); restart it there/)
  other.child.kill('SIGTERM')
  const ended = await other.done
  assert.equal(ended.code, 0)
  assert.match(ended.stderr, /daemon_stopped/, 'it has ended in its own time')
})
