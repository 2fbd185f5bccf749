import assert from 'node:assert/strict'
import {mkdir, readFile, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {after, afterEach, before, test} from 'node:test'
import {type RunningServer, startServer} from '../../server/server.js'
import {type Api, createApi} from '../../src/client/api.js'
import {createHttpClient} from '../../src/client/http-client.js'
import type {AnyStatus, DaemonStatus} from '../../src/daemon/daemon-status.js'
import {readTaskSpec} from '../../src/daemon/task-store.js'
import {silentLog} from '../../src/log.js'
import {processStartTime} from '../../src/process-tree/process-table.js'
import {isTerminal, type Task} from '../../src/protocol/task.js'
import {taskFolder} from '../../src/task-folder/task-folder.js'
import type {WorkerRecord} from '../../src/task-folder/task-spec.js'
import {runCli} from '../support/run-cli.js'
import {tempFolder} from '../support/temp-folder.js'
import {until} from '../support/until.js'

/** Says hello with its pid, then waits until it is let go. */
const AGENT = `
import {existsSync} from 'node:fs'
process.stdin.resume()
console.log('hello from ' + process.pid)
const timer = setInterval(() => {
  if (!existsSync(process.argv[2])) return
  clearInterval(timer)
  console.log('goodbye')
  process.exit(0)
}, 10)`

let server: RunningServer
let home: string
let api: Api
let gate: string
let agentId: string
const state = () => join(home, '.multica', 'daemon')
const cli = (...args: string[]) => runCli(args, {home})

before(async () => {
  home = await tempFolder()
  gate = join(home, 'gate')
  const dataDir = join(home, 'data')
  server = await startServer({host: '127.0.0.1', port: 0, dataDir, log: silentLog})
  const token = await server.createOwnerToken('test')
  const [workspace] = await createApi(createHttpClient({serverUrl: server.url, token})).workspaces()
  const workspaceId = workspace?.id ?? ''
  api = createApi(createHttpClient({serverUrl: server.url, token, workspaceId}))
  await mkdir(join(home, '.multica'))
  const agents = {waiter: {type: 'command', command: ['node', 'waiter.mjs', gate]}}
  await writeFile(join(home, '.multica', 'waiter.mjs'), AGENT)
  await writeFile(join(home, '.multica', 'agents.json'), JSON.stringify(agents))
  const config = {server_url: server.url, token}
  await writeFile(join(home, '.multica', 'config.json'), JSON.stringify(config))
  await start()
  const runtime = await until('the runtime is registered', async () =>
    (await api.runtimes()).find(({provider}) => provider === 'waiter'),
  )
  const agent = await api.createAgent({
    name: 'waiter',
    runtime_id: runtime.id,
    max_concurrent_tasks: 10,
  })
  agentId = agent.id
})

afterEach(async () => {
  await writeFile(gate, '')
  await until('nothing runs', async () => (await status()).tasks.length === 0, 20_000)
})

after(async () => {
  await cli('daemon', 'stop', '--stop-tasks')
  await server.stop()
})

async function start(): Promise<void> {
  const result = await cli('daemon', 'start')
  assert.equal(result.code, 0, result.stderr)
}

async function status(): Promise<DaemonStatus> {
  const {stdout} = await cli('daemon', 'status', '--json')
  const answer = JSON.parse(stdout) as AnyStatus
  if (answer.status === 'running') return answer
  await start()
  return await status()
}

async function assign(): Promise<string> {
  const issue = await api.createIssue({
    title: 'Wait for it',
    status: 'todo',
    assignee_type: 'agent',
    assignee_id: agentId,
  })
  return await until('it has a task', async () => (await api.issueTasks(issue.id))[0]?.id)
}

/** Files an issue and waits until its agent has said hello. @returns task, and pid of the agent */
async function runToHello(): Promise<{taskId: string; agentPid: number}> {
  await rm(gate, {force: true})
  const taskId = await assign()
  await until(
    'the agent says hello',
    async () => (await api.messages(taskId)).some(({content}) => content?.includes('hello')),
    20_000,
  )
  return {taskId, agentPid: (await workerRecord(taskId)).agent_pid ?? 0}
}

async function ended(taskId: string): Promise<Task> {
  return await until(
    'it has ended',
    async () => {
      const task = await api.task(taskId)
      return isTerminal(task.status) && task
    },
    20_000,
  )
}

async function workerRecord(taskId: string): Promise<WorkerRecord> {
  return JSON.parse(await readFile(taskFolder(state(), taskId).worker, 'utf8'))
}

const isGone = async (pid: number) => (await processStartTime(pid)) === undefined

test('an assigned issue is worked on to the end', async () => {
  const {taskId} = await runToHello()
  const running = (await status()).tasks.find(({id}) => id === taskId)
  assert.equal(running?.phase, 'running')
  await writeFile(gate, '')
  const task = await ended(taskId)
  assert.equal(task.status, 'completed')
  const text = (await api.messages(taskId)).map(({content}) => content).join('')
  assert.match(text, /hello from \d+\n?goodbye/)
})

test("the agent's PATH begins with our command line, and it has no token of the user", async () => {
  const {taskId, agentPid} = await runToHello()
  const environment = (await readFile(`/proc/${agentPid}/environ`, 'utf8')).split('\0')
  const path = environment.find((entry) => entry.startsWith('PATH='))
  assert.ok(path?.startsWith(`PATH=${join(state(), 'bin')}:`), path)
  assert.ok(!environment.some((entry) => entry.includes('mul_')))
  const spec = await readTaskSpec(taskFolder(state(), taskId))
  assert.match(spec?.task.task_token ?? '', /^mult_/)
})

test('kill -9 of the daemon does not hurt a run, and the next daemon finds it', async () => {
  const {taskId, agentPid} = await runToHello()
  const worker = (await workerRecord(taskId)).pid
  process.kill((await status()).pid, 'SIGKILL')
  await start()
  const found = (await status()).tasks.find(({id}) => id === taskId)
  assert.equal(found?.worker_pid, worker)
  assert.equal(found?.recoveries, 0)
  assert.equal(await isGone(agentPid), false)
  await writeFile(gate, '')
  assert.equal((await ended(taskId)).status, 'completed')
})

test('a run that ends while no daemon lives is reported all the same', async () => {
  const {taskId} = await runToHello()
  process.kill((await status()).pid, 'SIGKILL')
  await writeFile(gate, '')
  assert.equal((await ended(taskId)).status, 'completed')
})

test('kill -9 of the worker ends its agent and fails the task with a reason', async () => {
  const {taskId, agentPid} = await runToHello()
  process.kill((await workerRecord(taskId)).pid, 'SIGKILL')
  const task = await ended(taskId)
  assert.equal(task.status, 'failed')
  assert.equal(task.end_reason, 'worker_lost')
  await until('the agent is gone', () => isGone(agentPid))
  const messages = await api.messages(taskId)
  assert.match(messages[0]?.content ?? '', /hello/)
  assert.equal(messages.at(-1)?.type, 'error')
})

test('kill -9 of daemon and worker at once is made good by the next daemon', async () => {
  const {taskId, agentPid} = await runToHello()
  process.kill((await status()).pid, 'SIGKILL')
  process.kill((await workerRecord(taskId)).pid, 'SIGKILL')
  await start()
  assert.equal((await ended(taskId)).end_reason, 'worker_lost')
  await until('the agent is gone', () => isGone(agentPid))
})

test('daemon stop leaves the run alone, and with --stop-tasks ends it with a reason', async () => {
  const {taskId, agentPid} = await runToHello()
  const stop = await cli('daemon', 'stop')
  assert.equal(stop.stderr, 'Daemon stopped.\n')
  assert.equal((await api.task(taskId)).status, 'running')
  assert.equal((await api.runtimes())[0]?.status, 'offline')
  const tasks = await cli('daemon', 'stop', '--stop-tasks')
  assert.equal(tasks.stderr, 'Daemon is not running.\nTasks stopped: 1\n')
  const task = await ended(taskId)
  assert.deepEqual([task.status, task.end_reason], ['failed', 'stopped'])
  await until('the agent is gone', () => isGone(agentPid))
})
