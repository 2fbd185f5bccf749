import {spawn} from 'node:child_process'
import {closeSync, openSync} from 'node:fs'
import {mkdir, readFile, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import type {AgentSettings} from '../../src/agents/adapter.js'
import {silentLog} from '../../src/log.js'
import type {TaskMessage} from '../../src/protocol/task-message.js'
import {type TaskFolder, taskFolder} from '../../src/task-folder/task-folder.js'
import type {TaskSpec, WorkerLimits, WorkerRecord} from '../../src/task-folder/task-spec.js'
import {type Switch, startSwitch} from './switch.js'
import {tempFolder} from './temp-folder.js'
import {newSqlite} from './test-database.js'
import {until} from './until.js'
import {startWorkServer, type WorkServer} from './work-server.js'

const MAIN = fileURLToPath(new URL('../../src/worker/main.js', import.meta.url))

/** One claimed task whose agent is a Node program, and its real worker process. */
export interface WorkerRun {
  taskId: string
  folder: TaskFolder
  /** Where the agent works. */
  workDir: string
  /** Starts the worker, or the one that takes over from it. Resolves with its exit code when it has ended. */
  start(): {pid: number; exited: Promise<number | null>}
  /** Starts a worker and waits until it has ended. */
  toEnd(): Promise<number | null>
  record(): Promise<WorkerRecord>
  /** What the journal holds. */
  journal(): Promise<{messages: TaskMessage[]; end: unknown}>
  /** What the server holds. */
  messages(): Promise<TaskMessage[]>
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely.
  task(): Promise<any>
  /** Resolves when the server has a message like this. */
  hears(wanted: RegExp): Promise<void>
}

export interface RunOptions {
  /** Source of the agent, an ES module. */
  agent: string
  /** Adapter that talks with it; `command` unless given. */
  type?: string
  limits?: Partial<WorkerLimits>
  agentEnv?: Record<string, string>
  env?: Record<string, string>
  /** Further fields of its issue. */
  issue?: object
  settings?: Partial<AgentSettings>
  /** Session that the agent is to resume. */
  priorSession?: string
  /** Address of the server, if not by `network`. */
  serverUrl?: string
  /** Largest file that the worker may write, in KiB. */
  maxFileKiB?: number
}

export interface WorkerBench {
  server: WorkServer
  /** Between worker and server. */
  network: Switch
  run(options: RunOptions): Promise<WorkerRun>
  stop(): Promise<void>
}

/** @param leaseMs a lease other than the usual one, in milliseconds */
export async function startWorkerBench(leaseMs?: number): Promise<WorkerBench> {
  const home = await tempFolder()
  const server = await startWorkServer(newSqlite(home), silentLog, leaseMs)
  await server.owner('PUT', `/api/agents/${server.agentId}`, {body: {max_concurrent_tasks: 100}})
  const network = await startSwitch(server.url)
  const children = new Set<number>()
  return {
    server,
    network,
    async run(options) {
      const spec = await claim(server, options.serverUrl ?? network.url, home, options)
      const folder = taskFolder(home, spec.task.id)
      await mkdir(folder.path, {recursive: true})
      await writeFile(join(folder.path, 'agent.mjs'), options.agent)
      await writeFile(folder.spec, JSON.stringify(spec))
      return workerRun({server, spec, folder, options, home, children})
    },
    async stop() {
      for (const pid of children) process.kill(pid, 'SIGKILL')
      await network.close()
      await server.stop()
      await rm(home, {recursive: true, force: true})
    },
  }
}

async function claim(
  server: WorkServer,
  serverUrl: string,
  home: string,
  {limits, agentEnv, issue, settings, priorSession, type = 'command'}: RunOptions,
): Promise<TaskSpec> {
  await server.assign(issue)
  const {body} = await server.owner('POST', `/api/daemon/runtimes/${server.runtimeId}/tasks/claim`)
  const path = taskFolder(home, body.task.id).path
  return {
    server_url: serverUrl,
    task: {...body.task, ...(priorSession && {prior_session_id: priorSession})},
    provider: 'script',
    settings: {
      type,
      command: [process.execPath, join(path, 'agent.mjs')],
      ...(agentEnv && {env: agentEnv}),
      ...settings,
    },
    workspaces_root: join(home, 'work'),
    daemon_id: 'bench',
    daemon_port: 0,
    cli_bin: home,
    limits: {
      inactivity_ms: 60_000,
      tool_inactivity_ms: 60_000,
      kill_grace_ms: 1000,
      timeout_ms: null,
      ...limits,
    },
  }
}

interface Parts {
  server: WorkServer
  spec: TaskSpec
  folder: TaskFolder
  options: RunOptions
  home: string
  children: Set<number>
}

function workerRun({server, spec, folder, options, home, children}: Parts): WorkerRun {
  const {id, workspace_id} = spec.task
  const messages = async (): Promise<TaskMessage[]> =>
    (await server.owner('GET', `/api/daemon/tasks/${id}/messages`)).body
  const start = () => {
    const log = openSync(folder.log, 'a')
    const child = spawn(...commandOf(folder, options), {
      env: {PATH: process.env.PATH, HOME: home, ...options.env},
      detached: true,
      stdio: ['ignore', 'ignore', log],
    })
    closeSync(log)
    const pid = child.pid as number
    children.add(pid)
    const exited = new Promise<number | null>((resolve) => {
      child.once('exit', (code) => {
        children.delete(pid)
        resolve(code)
      })
    })
    return {pid, exited}
  }
  return {
    taskId: id,
    folder,
    workDir: join(spec.workspaces_root, workspace_id, id, 'workdir'),
    start,
    toEnd: () => start().exited,
    record: async () => JSON.parse(await readFile(folder.worker, 'utf8')),
    journal: () => readJournal(folder.journal),
    messages,
    task: async () => (await server.owner('GET', `/api/tasks/${id}`)).body,
    hears: async (wanted) => {
      await until(`${wanted} was heard`, async () =>
        (await messages()).some(({content}) => wanted.test(content ?? '')),
      )
    },
  }
}

/** A shell sets the limit, and ignores its signal, so that the worker gets an error instead. */
function commandOf(folder: TaskFolder, {maxFileKiB}: RunOptions): [string, string[]] {
  const command = [process.execPath, MAIN, folder.path]
  if (maxFileKiB === undefined) return [process.execPath, command.slice(1)]
  // `ulimit -f` counts blocks of 512 bytes.
  const script = `trap '' XFSZ; ulimit -f ${maxFileKiB * 2}; exec "$@"`
  return ['/bin/sh', ['-c', script, 'sh', ...command]]
}

async function readJournal(path: string): Promise<{messages: TaskMessage[]; end: unknown}> {
  const lines = (await readFile(path, 'utf8'))
    .split('\n')
    .filter(Boolean)
    .map((l) => JSON.parse(l))
  return {
    messages: lines.flatMap((line) => ('m' in line ? [line.m] : [])),
    end: lines.find((line) => 'end' in line)?.end,
  }
}
