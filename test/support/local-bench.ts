import {mkdir, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {readServerConfig, startServer} from '../../server/server.js'
import type {AgentSettings} from '../../src/agents/adapter.js'
import {followTask} from '../../src/client/follow-task.js'
import {silentLog} from '../../src/log.js'
import type {TaskEndEvent} from '../../src/protocol/events.js'
import type {Issue, NewIssue} from '../../src/protocol/issue.js'
import type {Task} from '../../src/protocol/task.js'
import type {TaskMessage} from '../../src/protocol/task-message.js'
import {type LocalSystem, startLocal} from '../../src/up/start-local.js'
import {tempFolder} from './temp-folder.js'
import {until} from './until.js'

export interface Assigned {
  issue: Issue
  taskId: string
}

export interface RunRecord {
  task: Task
  messages: TaskMessage[]
  end: TaskEndEvent
}

/** Server, daemon and real workers in a home of their own, with the agents of a test. */
export interface LocalBench {
  home: string
  system: LocalSystem
  /** Folder of a task's state: journal, worker.json … */
  stateOf(taskId: string): string
  /** Files an issue and hands it to an agent. */
  assign(agentName: string, issue?: Partial<NewIssue>): Promise<Assigned>
  /** Follows a task to its end. */
  follow(taskId: string): Promise<RunRecord>
  /** Resolves when a task has a message that the test waits for. */
  message(taskId: string, wanted: (message: TaskMessage) => boolean): Promise<TaskMessage>
  stop(): Promise<void>
}

/** @param env is added to an environment that has nothing but PATH and a home of its own */
export async function startLocalBench(
  agents: Record<string, AgentSettings>,
  env: Record<string, string> = {},
): Promise<LocalBench> {
  const home = await tempFolder()
  const tmp = join(home, 'tmp')
  await mkdir(tmp)
  const environment = {
    PATH: process.env.PATH,
    TMPDIR: tmp,
    HOME: home,
    MULTICA_HOME: join(home, '.multica'),
    ...env,
  }
  const system = await startLocal({
    host: '127.0.0.1',
    port: 0,
    portIsFixed: true,
    dataDir: join(home, 'server'),
    env: environment,
    agents,
    startServer: (where) => startServer({...readServerConfig({}, environment), ...where}),
    log: silentLog,
    signal: new AbortController().signal,
  })
  const {api} = system
  return {
    home,
    system,
    stateOf: (taskId) => join(home, '.multica', 'daemon', 'tasks', taskId),
    async assign(agentName, issue = {}) {
      const agent = system.agents.find(({name}) => name === agentName)
      if (!agent) throw new Error(`no agent "${agentName}" on the bench`)
      const filed = await api.createIssue({
        title: `Work for ${agentName}`,
        status: 'todo',
        assignee_type: 'agent',
        assignee_id: agent.id,
        ...issue,
      })
      if (!filed.enqueued_task_id) throw new Error(filed.enqueue_error ?? 'nothing was enqueued')
      return {issue: filed, taskId: filed.enqueued_task_id}
    },
    async follow(taskId) {
      const messages: TaskMessage[] = []
      for await (const event of followTask(api.client, taskId, {
        signal: AbortSignal.timeout(180_000),
      })) {
        if (event.event === 'task:message') messages.push(event.data)
        if (event.event === 'end') {
          return {messages, end: event.data, task: await api.task(taskId)}
        }
      }
      throw new Error(`task ${taskId} did not end`)
    },
    message: (taskId, wanted) =>
      until('the message came', async () => (await api.messages(taskId)).find(wanted), 90_000),
    async stop() {
      await system.stop()
      await rm(home, {recursive: true, force: true})
    },
  }
}
