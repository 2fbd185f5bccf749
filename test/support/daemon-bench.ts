import assert from 'node:assert/strict'
import {mkdir, readFile, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {type RunningServer, startServer} from '../../server/server.js'
import {type Api, createApi} from '../../src/client/api.js'
import {createHttpClient} from '../../src/client/http-client.js'
import type {DaemonStatus} from '../../src/daemon/daemon-status.js'
import {readStatus} from '../../src/daemon/read-status.js'
import {silentLog} from '../../src/log.js'
import {processStartTime} from '../../src/process-tree/process-table.js'
import type {NewIssue} from '../../src/protocol/issue.js'
import {isTerminal, type Task} from '../../src/protocol/task.js'
import {readSettings} from '../../src/settings/settings.js'
import {taskFolder} from '../../src/task-folder/task-folder.js'
import type {WorkerRecord} from '../../src/task-folder/task-spec.js'
import {type CliResult, type RunningCli, startCli} from './run-cli.js'
import {tempFolder} from './temp-folder.js'
import {until} from './until.js'

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

/** A server, and the real command line with a real daemon whose one agent waits to be let go. */
export interface DaemonBench {
  home: string
  /** Folder of the daemon's state. */
  state: string
  readonly server: RunningServer
  api: Api
  agentId: string
  /** Agents end when this file is there. */
  gate: string
  cli(...args: string[]): Promise<CliResult>
  startCli(...args: string[]): RunningCli
  /** Starts the daemon with its command. */
  start(...flags: string[]): Promise<CliResult>
  /** What the daemon says of itself; one that does not run is started. */
  status(): Promise<DaemonStatus>
  /** Files an issue and waits until its agent has said hello. */
  runToHello(issue?: Partial<NewIssue>): Promise<{taskId: string; agentPid: number}>
  ended(taskId: string): Promise<Task>
  workerRecord(taskId: string): Promise<WorkerRecord>
  letGo(): Promise<void>
  stopServer(): Promise<void>
  /** Brings it back on the same port with the same database. */
  startServer(): Promise<void>
  close(): Promise<void>
}

/** @param env is added to the environment of every command */
export async function startDaemonBench(env: Record<string, string> = {}): Promise<DaemonBench> {
  const home = await tempFolder()
  const gate = join(home, 'gate')
  const state = join(home, '.multica', 'daemon')
  const where = {host: '127.0.0.1', dataDir: join(home, 'data'), log: silentLog}
  let server = await startServer({...where, port: 0})
  const {port} = server
  const {api, token} = await signIn(server)
  await writeSettings(home, gate, {server_url: server.url, token})
  const cli = (...args: string[]) => startCli(args, {home, env})
  const settings = readSettings({env: {HOME: home}})
  const start = async (...flags: string[]): Promise<CliResult> => {
    const result = await cli('daemon', 'start', ...flags).done
    assert.equal(result.code, 0, result.stderr)
    return result
  }
  const status = async (): Promise<DaemonStatus> => {
    const answer = await readStatus(settings, processStartTime)
    if (answer.status === 'running') return answer
    await start()
    return await status()
  }
  await start()
  const agentId = await createWaiter(api)
  const workerRecord = async (taskId: string): Promise<WorkerRecord> =>
    JSON.parse(await readFile(taskFolder(state, taskId).worker, 'utf8'))
  return {
    home,
    state,
    api,
    agentId,
    gate,
    get server() {
      return server
    },
    cli: (...args) => cli(...args).done,
    startCli: cli,
    start,
    status,
    workerRecord,
    async runToHello(issue = {}) {
      await rm(gate, {force: true})
      const taskId = await assign(api, agentId, issue)
      await until(
        'the agent says hello',
        async () => (await api.messages(taskId)).some(({content}) => content?.includes('hello')),
        20_000,
      )
      return {taskId, agentPid: (await workerRecord(taskId)).agent_pid ?? 0}
    },
    ended: (taskId) =>
      until(
        'it has ended',
        async () => {
          const task = await api.task(taskId)
          return isTerminal(task.status) && task
        },
        20_000,
      ),
    letGo: () => writeFile(gate, ''),
    stopServer: () => server.stop(),
    async startServer() {
      server = await startServer({...where, port})
    },
    async close() {
      await cli('daemon', 'stop', '--drain', '0').done
      await server.stop()
      await rm(home, {recursive: true, force: true})
    },
  }
}

export const isGone = async (pid: number): Promise<boolean> =>
  (await processStartTime(pid)) === undefined

async function signIn(server: RunningServer): Promise<{api: Api; token: string}> {
  const token = await server.createOwnerToken('test')
  const [workspace] = await createApi(createHttpClient({serverUrl: server.url, token})).workspaces()
  const workspaceId = workspace?.id ?? ''
  return {api: createApi(createHttpClient({serverUrl: server.url, token, workspaceId})), token}
}

async function writeSettings(home: string, gate: string, config: object): Promise<void> {
  const folder = join(home, '.multica')
  await mkdir(folder)
  const agents = {waiter: {type: 'command', command: ['node', 'waiter.mjs', gate]}}
  await writeFile(join(folder, 'waiter.mjs'), AGENT)
  await writeFile(join(folder, 'agents.json'), JSON.stringify(agents))
  await writeFile(join(folder, 'config.json'), JSON.stringify(config))
}

async function createWaiter(api: Api): Promise<string> {
  const runtime = await until('the runtime is registered', async () =>
    (await api.runtimes()).find(({provider}) => provider === 'waiter'),
  )
  const limit = {max_concurrent_tasks: 10}
  return (await api.createAgent({name: 'waiter', runtime_id: runtime.id, ...limit})).id
}

async function assign(api: Api, agentId: string, issue: Partial<NewIssue>): Promise<string> {
  const filed = await api.createIssue({
    title: 'Wait for it',
    status: 'todo',
    assignee_type: 'agent',
    assignee_id: agentId,
    ...issue,
  })
  return await until('it has a task', async () => (await api.issueTasks(filed.id))[0]?.id)
}
