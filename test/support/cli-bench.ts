import assert from 'node:assert/strict'
import {rm} from 'node:fs/promises'
import {type RunningServer, startServer} from '../../server/server.js'
import {type Api, createApi} from '../../src/client/api.js'
import {createHttpClient} from '../../src/client/http-client.js'
import {silentLog} from '../../src/log.js'
import type {Agent} from '../../src/protocol/agent.js'
import type {Issue} from '../../src/protocol/issue.js'
import type {ClaimedTask} from '../../src/protocol/task.js'
import type {NewTaskMessage} from '../../src/protocol/task-message.js'
import {type CliResult, type RunningCli, startCli} from './run-cli.js'
import {tempFolder} from './temp-folder.js'

/** The worker's side of one run, played by the test over the real routes. */
export interface RunDouble {
  task: ClaimedTask
  api: Api
  /** Sends the next messages; they get their numbers here. */
  say(...messages: NewTaskMessage[]): Promise<void>
  complete(): Promise<void>
  fail(error: string): Promise<void>
  /** Acknowledges a cancel. */
  cancelled(): Promise<void>
}

/** A real server with an agent, and the real command line signed in to it. */
export interface CliBench {
  readonly server: RunningServer
  api: Api
  agent: Agent
  workspaceId: string
  token: string
  home: string
  start(
    args: readonly string[],
    options?: {env?: Record<string, string>; input?: string},
  ): RunningCli
  run(
    args: readonly string[],
    options?: {env?: Record<string, string>; input?: string},
  ): Promise<CliResult>
  /** Files an issue that starts a run. */
  fileIssue(title?: string): Promise<Issue & {taskId: string}>
  /** Claims what waits and starts it. */
  claim(): Promise<RunDouble>
  /** Brings the runtime online again. */
  register(): Promise<void>
  stopServer(): Promise<void>
  /** Brings it back on the same port. */
  startServer(): Promise<void>
  close(): Promise<void>
}

export async function createCliBench(): Promise<CliBench> {
  const folder = await tempFolder()
  const config = {host: '127.0.0.1', dataDir: `${folder}/server`, log: silentLog}
  let server = await startServer({...config, port: 0})
  const {port} = server
  const url = `http://127.0.0.1:${port}`
  const token = await server.createOwnerToken('test')
  const [workspace] = await createApi(createHttpClient({serverUrl: url, token})).workspaces()
  assert.ok(workspace)
  const api = createApi(createHttpClient({serverUrl: url, token, workspaceId: workspace.id}))
  const register = () =>
    api.register({
      workspace_id: workspace.id,
      daemon_id: 'bench',
      task_tokens: true,
      runtimes: [{type: 'claude', name: 'claude (bench)', version: '1', status: 'online'}],
    })
  const {runtimes} = await register()
  const runtimeId = runtimes[0]?.id ?? ''
  const agent = await api.createAgent({name: 'claude', runtime_id: runtimeId})
  const start: CliBench['start'] = (args, {env, input} = {}) =>
    startCli(args, {
      home: folder,
      env: {MULTICA_SERVER_URL: url, MULTICA_TOKEN: token, ...env},
      ...(input !== undefined && {input}),
    })
  return {
    get server() {
      return server
    },
    api,
    agent,
    workspaceId: workspace.id,
    token,
    home: folder,
    start,
    run: (args, options) => start(args, options).done,
    async fileIssue(title = 'Find the bug') {
      const assignee = {assignee_type: 'agent', assignee_id: agent.id} as const
      const issue = await api.createIssue({title, status: 'todo', ...assignee})
      assert.ok(issue.enqueued_task_id, issue.enqueue_error)
      return {...issue, taskId: issue.enqueued_task_id}
    },
    async claim() {
      const {task} = await api.claim(runtimeId)
      assert.ok(task?.task_token, 'nothing to claim')
      return playRun(task, url)
    },
    register: async () => void (await register()),
    stopServer: () => server.stop(),
    async startServer() {
      server = await startServer({...config, port})
    },
    async close() {
      await server.stop()
      await rm(folder, {recursive: true, force: true})
    },
  }
}

async function playRun(task: ClaimedTask, serverUrl: string): Promise<RunDouble> {
  const api = createApi(createHttpClient({serverUrl, token: task.task_token}))
  let seq = 0
  await api.start(task.id)
  return {
    task,
    api,
    async say(...messages) {
      const at = '2026-11-23T10:00:00.000Z'
      await api.uploadMessages(
        task.id,
        messages.map((message) => ({seq: ++seq, at, ...message})),
      )
    },
    complete: async () => void (await api.complete(task.id, {output: 'all done', last_seq: seq})),
    fail: async (error) =>
      void (await api.fail(task.id, {error, reason: 'agent_error', last_seq: seq})),
    cancelled: async () => void (await api.cancelled(task.id, {last_seq: seq})),
  }
}
