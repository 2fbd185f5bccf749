import assert from 'node:assert/strict'
import {mkdir, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {type Api, createApi} from '../../src/client/api.js'
import {createHttpClient} from '../../src/client/http-client.js'
import {freePort} from '../support/free-port.js'
import {type Nginx, startNginx} from '../support/nginx.js'
import {type RunningCli, startCli} from '../support/run-cli.js'
import {tempFolder} from '../support/temp-folder.js'
import {type PostgresCluster, startPostgres} from '../support/test-database.js'
import {until} from '../support/until.js'

/** Postgres, two `multica serve`, nginx in front of them, and a daemon that knows nginx alone. */
export interface NginxBench {
  nginx: Nginx
  api: Api
  token: string
  workspaceId: string
  /** The command line, signed in. */
  cli(args: readonly string[], limitMs?: number): RunningCli
  /** Files an issue for an agent; its run is taken by the daemon. */
  assign(agent: string): Promise<{issueId: string; number: number; taskId: string}>
  /** Ends a server with SIGTERM and starts it again. */
  restart(index: number): Promise<void>
  stop(): Promise<void>
}

interface Parts {
  home: string
  cluster?: PostgresCluster
  nginx?: Nginx
  servers: RunningCli[]
  daemon?: RunningCli
}

/** @param agents source of each agent, an ES module */
export async function startNginxBench(agents: Record<string, string>): Promise<NginxBench> {
  const parts: Parts = {home: await tempFolder(), servers: []}
  try {
    return await startParts(parts, agents)
  } catch (error) {
    // What runs would keep the process of the tests alive for ever.
    await stopAll(parts)
    throw error
  }
}

async function startParts(parts: Parts, agents: Record<string, string>): Promise<NginxBench> {
  const {home, servers} = parts
  parts.cluster = await startPostgres()
  const databaseUrl = (await parts.cluster.newDatabase()).url
  const ports = [await freePort(), await freePort()]
  const nginx = await startNginx(ports)
  parts.nginx = nginx
  const start = async (index: number) => {
    const server = startServe(home, ports[index] as number, databaseUrl, nginx.url)
    servers[index] = server
    await isServing(server, ports[index] as number)
  }
  await start(0)
  const token = await until('the token is printed', () =>
    /mul_\w+/.exec(servers[0]?.stdout ?? '')?.at(0),
  )
  await start(1)
  const open = (workspaceId?: string) =>
    createApi(createHttpClient({serverUrl: nginx.url, token, workspaceId}))
  const workspaceId = (await open().workspaces())[0]?.id ?? ''
  const api = open(workspaceId)
  const cli = (args: readonly string[], limitMs?: number) =>
    startCli(args, {
      home,
      env: {MULTICA_SERVER_URL: nginx.url, MULTICA_TOKEN: token},
      ...(limitMs !== undefined && {limitMs}),
    })
  parts.daemon = await startDaemon(home, cli, agents)
  const ids = await createAgents(api, Object.keys(agents))
  return {
    nginx,
    api,
    token,
    workspaceId,
    cli,
    async assign(agent) {
      const assignee = {assignee_type: 'agent', assignee_id: ids[agent] ?? ''} as const
      const issue = await api.createIssue({title: `For ${agent}`, status: 'todo', ...assignee})
      assert.ok(issue.enqueued_task_id, issue.enqueue_error)
      return {issueId: issue.id, number: issue.number, taskId: issue.enqueued_task_id}
    },
    async restart(index) {
      servers[index]?.child.kill('SIGTERM')
      await servers[index]?.done
      await start(index)
    },
    stop: () => stopAll(parts),
  }
}

function startServe(
  home: string,
  port: number,
  databaseUrl: string,
  publicUrl: string,
): RunningCli {
  const args = ['serve', '--port', String(port), '--database-url', databaseUrl]
  return startCli([...args, '--public-url', publicUrl], {
    home,
    env: {LOG_LEVEL: 'error'},
    limitMs: 0,
  })
}

async function isServing(server: RunningCli, port: number): Promise<void> {
  const ended = server.done.then(({code, stderr}) => {
    throw new Error(`serve has ended with ${code}: ${stderr}`)
  })
  ended.catch(() => {})
  await until('it answers', () => Promise.race([isUp(port), ended]), 60_000)
}

const isUp = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/health`).then(
    ({ok}) => ok,
    () => false,
  )

async function startDaemon(
  home: string,
  cli: (args: readonly string[], limitMs?: number) => RunningCli,
  agents: Record<string, string>,
): Promise<RunningCli> {
  const folder = join(home, '.multica')
  await mkdir(folder, {recursive: true})
  const entries = Object.keys(agents).map((name) => [
    name,
    {type: 'command', command: [process.execPath, join(home, `${name}.mjs`)]},
  ])
  for (const [name, source] of Object.entries(agents))
    await writeFile(join(home, `${name}.mjs`), source)
  await writeFile(join(folder, 'agents.json'), JSON.stringify(Object.fromEntries(entries)))
  return cli(['daemon', 'start', '--foreground'], 0)
}

async function createAgents(api: Api, names: string[]): Promise<Record<string, string>> {
  const ids: Record<string, string> = {}
  for (const name of names) {
    const runtime = await until(
      `the daemon has registered ${name}`,
      async () => (await api.runtimes()).find(({provider}) => provider === name),
      30_000,
    )
    const agent = await api.createAgent({name, runtime_id: runtime.id, max_concurrent_tasks: 10})
    ids[name] = agent.id
  }
  return ids
}

async function stopAll({home, cluster, nginx, servers, daemon}: Parts): Promise<void> {
  daemon?.child.kill('SIGTERM')
  await daemon?.done
  for (const {child} of servers) child.kill('SIGINT')
  await Promise.all(servers.map(({done}) => done))
  await nginx?.stop()
  await cluster?.stop()
  await rm(home, {recursive: true, force: true})
}
