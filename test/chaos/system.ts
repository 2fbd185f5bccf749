import {mkdir, readdir, readFile, writeFile} from 'node:fs/promises'
import {type AddressInfo, createServer} from 'node:net'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {type Api, createApi} from '../../src/client/api.js'
import {createHttpClient} from '../../src/client/http-client.js'
import {withSafeRetries} from '../../src/client/safe-retries.js'
import {until} from '../support/until.js'
import {type Clock, createClock} from './clock.js'
import type {ChaosDatabase} from './database.js'
import {type FaultyProxy, startFaultyProxy} from './faulty-proxy.js'
import {createPart, type Part, retirePart} from './part.js'
import {SECRET_ENV} from './script.js'
import {mountSmallDisk, type SmallDisk} from './small-disk.js'

const AGENT = fileURLToPath(new URL('./agent.js', import.meta.url))
const START_LIMIT_MS = 60_000
/** A server may be killed again and again while somebody asks. */
const CALL_LIMIT_MS = 300_000
/** A lease that a sleep of half a minute outlasts; the others follow from it. */
export const LEASE_SECONDS = 20
const HEARTBEAT = '2s'

export interface SystemOptions {
  home: string
  database: ChaosDatabase
  servers: number
  tasksAtOnce: number
  /** A process has ended by itself. */
  onCrash: (text: string) => void
}

export interface Worker {
  pid: number
  taskId: string
}

/** Servers, a daemon, and networks between all of them, all real processes. */
export interface ChaosSystem {
  home: string
  servers: Part[]
  daemon: Part
  networks: {
    /** Between daemon, workers and servers. */
    machine: FaultyProxy
    /** Between readers and servers. */
    readers: FaultyProxy
    /** Between each server and its Postgres. */
    database: FaultyProxy[]
  }
  clocks: {servers: Clock; machine: Clock}
  /** Undefined where the machine allows none. */
  disks: {journals: SmallDisk | undefined; database: SmallDisk | undefined}
  database: ChaosDatabase
  /** Talks to the first server, around the networks, and for a minute again and again. */
  api: Api
  token: string
  agentId: string
  runtimeId: string
  workspaceId: string
  /** Of the first server. */
  directUrl: string
  tasksFolder: string
  /** Where agents find their scripts and leave their diaries. */
  scriptsFolder: string
  /** Those that live. */
  workers(): Promise<Worker[]>
  stop(): Promise<void>
}

export async function startSystem(options: SystemOptions): Promise<ChaosSystem> {
  const {home, database} = options
  for (const name of ['logs', 'tmp', 'scripts']) await mkdir(join(home, name), {recursive: true})
  const clocks = {
    servers: createClock(join(home, 'servers.clock')),
    machine: createClock(join(home, 'machine.clock')),
  }
  const state = join(home, '.multica', 'daemon')
  const journals = await mountSmallDisk(state)
  const ports = await Promise.all(Array.from({length: options.servers}, freePort))
  const databaseNetworks: FaultyProxy[] = []
  const servers: Part[] = []
  for (const [index, port] of ports.entries()) {
    const {args, network} = await database.reach()
    if (network) databaseNetworks.push(network)
    servers.push(serverPart(options, clocks.servers, index, ['--port', String(port), ...args]))
  }
  for (const server of servers) await server.start()
  const networks = {
    machine: await startFaultyProxy(ports),
    readers: await startFaultyProxy(ports),
    database: databaseNetworks,
  }
  const token = await until('the token is printed', () =>
    servers.map(({said}) => /mul_\w+/.exec(said)?.[0]).find(Boolean),
  )
  const directUrl = `http://127.0.0.1:${ports[0]}`
  const daemon = daemonPart(options, clocks.machine, networks.machine.url)
  const setUp = await prepare(options, {directUrl, token, serverUrl: networks.machine.url, daemon})
  return {
    home,
    servers,
    daemon,
    networks,
    clocks,
    disks: {journals, database: database.disk},
    database,
    ...setUp,
    token,
    directUrl,
    tasksFolder: join(state, 'tasks'),
    scriptsFolder: join(home, 'scripts'),
    workers: () => livingWorkers(join(state, 'tasks')),
    async stop() {
      for (const part of [daemon, ...servers]) await retirePart(part)
      for (const network of [networks.machine, networks.readers, ...networks.database]) {
        await network.close()
      }
    },
  }
}

interface Address {
  directUrl: string
  serverUrl: string
  token: string
  daemon: Part
}

/** What a person does on the first day: signs in, describes an agent, starts the daemon. */
async function prepare(
  {home, tasksAtOnce}: SystemOptions,
  {directUrl, serverUrl, token, daemon}: Address,
) {
  const connectTo = (workspaceId?: string) =>
    createApi(
      withSafeRetries(
        createHttpClient({serverUrl: directUrl, token, ...(workspaceId && {workspaceId})}),
        CALL_LIMIT_MS,
      ),
    )
  const [workspace] = await connectTo().workspaces()
  const workspaceId = workspace?.id ?? ''
  const api = connectTo(workspaceId)
  const write = (name: string, content: object) =>
    writeFile(join(home, '.multica', name), JSON.stringify(content), {mode: 0o600})
  const env = {...SECRET_ENV, CHAOS_FOLDER: join(home, 'scripts')}
  await write('agents.json', {script: {type: 'command', command: [process.execPath, AGENT], env}})
  await write('config.json', {
    server_url: serverUrl,
    token,
    watched_workspaces: [{id: workspaceId, name: 'Local'}],
  })
  await daemon.start()
  const runtime = await until(
    'the runtime is registered',
    async () => (await api.runtimes()).find(({provider}) => provider === 'script'),
    START_LIMIT_MS,
  )
  const agent = await api.createAgent({
    name: 'script',
    runtime_id: runtime.id,
    max_concurrent_tasks: tasksAtOnce,
  })
  return {api, agentId: agent.id, runtimeId: runtime.id, workspaceId}
}

function serverPart(
  {home, onCrash}: SystemOptions,
  clock: Clock,
  index: number,
  args: string[],
): Part {
  return createPart(`server-${index}`, {
    home,
    args: ['serve', ...args],
    env: {LOG_LEVEL: 'warn', MULTICA_LEASE: `${LEASE_SECONDS}s`, ...clock.env},
    ready: (said) => said.includes('Listening on'),
    onCrash,
  })
}

const daemonPart = (
  {home, tasksAtOnce, onCrash}: SystemOptions,
  clock: Clock,
  serverUrl: string,
): Part =>
  createPart('daemon', {
    home,
    args: ['daemon', 'start', '--foreground', '--max-concurrent-tasks', String(tasksAtOnce)],
    env: {
      MULTICA_SERVER_URL: serverUrl,
      MULTICA_DAEMON_POLL_INTERVAL: '1s',
      MULTICA_DAEMON_HEARTBEAT_INTERVAL: HEARTBEAT,
      MULTICA_DAEMON_TASK_RETENTION: '500h',
      ...clock.env,
    },
    // What it needs may be away: it is there when it holds its lock and has adopted its workers.
    ready: (said) => said.includes('daemon_started'),
    onCrash,
  })

async function livingWorkers(tasksFolder: string): Promise<Worker[]> {
  const ids = await readdir(tasksFolder).catch(() => [])
  const workers = await Promise.all(
    ids.map(async (taskId) => {
      const lock = join(tasksFolder, taskId, 'worker.lock')
      const text = await readFile(lock, 'utf8').catch(() => '')
      return {pid: Number(text.split(' ')[0] ?? 0), taskId}
    }),
  )
  return workers.filter(({pid}) => pid > 0 && isAlive(pid))
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.listen(0, '127.0.0.1', () => {
      const {port} = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}
