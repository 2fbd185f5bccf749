import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {readServerConfig, startServer} from '../../server/server.js'
import {followTask} from '../../src/client/follow-task.js'
import {silentLog} from '../../src/log.js'
import {processEnvironment} from '../../src/settings/environment.js'
import {type LocalSystem, startLocal} from '../../src/up/start-local.js'
import {PROGRAMS} from './talking-agents.js'

/** Server, daemon, workers and agent processes in a home of their own. */
export interface BenchSystem extends LocalSystem {
  /** Files an issue for an agent. @returns the task's id */
  assign(agent: string): Promise<string>
  follow(taskId: string): ReturnType<typeof followTask>
}

export async function withLocalSystem<T>(work: (system: BenchSystem) => Promise<T>): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'multica-bench-'))
  for (const [name, text] of Object.entries(PROGRAMS))
    await writeFile(join(home, `${name}.mjs`), text)
  const env = {...processEnvironment(), HOME: home, MULTICA_HOME: join(home, '.multica')}
  const agents = Object.keys(PROGRAMS).map((name) => [
    name,
    {type: 'command' as const, command: [process.execPath, join(home, `${name}.mjs`)]},
  ])
  const local = await startLocal({
    host: '127.0.0.1',
    port: 0,
    portIsFixed: true,
    dataDir: join(home, 'server'),
    env,
    agents: Object.fromEntries(agents),
    startServer: (where) => startServer({...readServerConfig({}, env), ...where}),
    log: silentLog,
    signal: new AbortController().signal,
  })
  try {
    return await work({
      ...local,
      assign: (agent) => assign(local, agent),
      follow: (taskId) =>
        followTask(local.api.client, taskId, {signal: new AbortController().signal}),
    })
  } finally {
    await local.stop()
    await rm(home, {recursive: true, force: true})
  }
}

async function assign({api, agents}: LocalSystem, name: string): Promise<string> {
  const agent = agents.find((entry) => entry.name === name)
  const issue = await api.createIssue({
    title: name,
    status: 'todo',
    assignee_type: 'agent',
    assignee_id: agent?.id ?? '',
  })
  return issue.enqueued_task_id ?? ''
}
