import {type ChildProcess, spawn} from 'node:child_process'
import {mkdir, readdir, readFile, writeFile} from 'node:fs/promises'
import {type AddressInfo, createServer} from 'node:net'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {type Api, createApi} from '../../src/client/api.js'
import {createHttpClient} from '../../src/client/http-client.js'
import {withSafeRetries} from '../../src/client/safe-retries.js'
import {packageRoot} from '../support/run-cli.js'
import {until} from '../support/until.js'
import {type FaultyProxy, startFaultyProxy} from './faulty-proxy.js'

const AGENT = fileURLToPath(new URL('./agent.js', import.meta.url))
const START_LIMIT_MS = 60_000

/** A process of the system that can be killed and comes back. */
export interface Part {
  readonly name: string
  child: ChildProcess
  start(): Promise<void>
  /** Its standard error so far. */
  log: string
}

export interface SystemOptions {
  home: string
  /** Undefined: SQLite. */
  databaseUrl?: string | undefined
  servers: number
  tasksAtOnce: number
}

/** Servers, a daemon, and two networks between them and the world, all real processes. */
export interface ChaosSystem {
  home: string
  servers: Part[]
  daemon: Part
  /** Between daemon, workers and servers. */
  machineNetwork: FaultyProxy
  /** Between readers and servers. */
  readerNetwork: FaultyProxy
  /** Talks to the first server, around the networks. */
  api: Api
  token: string
  agentId: string
  /** Of the first server. */
  directUrl: string
  tasksFolder: string
  /** Pids of living workers. */
  workers(): Promise<number[]>
  stop(): Promise<void>
}

export async function startSystem(options: SystemOptions): Promise<ChaosSystem> {
  const {home} = options
  const ports = await Promise.all(Array.from({length: options.servers}, freePort))
  const servers = ports.map((port, index) => serverPart(options, port, index))
  for (const server of servers) await server.start()
  const machineNetwork = await startFaultyProxy(ports)
  const readerNetwork = await startFaultyProxy(ports)
  const token = await until('the token is printed', () =>
    servers.map(({log}) => /mul_\w+/.exec(log)?.[0]).find(Boolean),
  )
  const directUrl = `http://127.0.0.1:${ports[0]}`
  const connectTo = (serverUrl: string, workspaceId?: string) =>
    createApi(
      withSafeRetries(
        createHttpClient({serverUrl, token, ...(workspaceId && {workspaceId})}),
        START_LIMIT_MS,
      ),
    )
  const [workspace] = await connectTo(directUrl).workspaces()
  const api = connectTo(directUrl, workspace?.id)
  await mkdir(join(home, '.multica'), {recursive: true})
  const write = (name: string, content: object) =>
    writeFile(join(home, '.multica', name), JSON.stringify(content))
  await write('agents.json', {script: {type: 'command', command: [process.execPath, AGENT]}})
  await write('config.json', {
    server_url: machineNetwork.url,
    token,
    watched_workspaces: [{id: workspace?.id, name: 'Local'}],
  })
  const daemon = daemonPart(options, machineNetwork.url)
  await daemon.start()
  const runtime = await until(
    'the runtime is registered',
    async () => (await api.runtimes()).find(({provider}) => provider === 'script'),
    START_LIMIT_MS,
  )
  const agent = await api.createAgent({
    name: 'script',
    runtime_id: runtime.id,
    max_concurrent_tasks: options.tasksAtOnce,
  })
  const tasksFolder = join(home, '.multica', 'daemon', 'tasks')
  return {
    home,
    servers,
    daemon,
    machineNetwork,
    readerNetwork,
    api,
    token,
    agentId: agent.id,
    directUrl,
    tasksFolder,
    workers: () => livingWorkers(tasksFolder),
    async stop() {
      for (const part of [daemon, ...servers]) await end(part)
      await machineNetwork.close()
      await readerNetwork.close()
    },
  }
}

function serverPart(options: SystemOptions, port: number, index: number): Part {
  const {home, databaseUrl} = options
  const place = databaseUrl ? ['--database-url', databaseUrl] : ['--data-dir', join(home, 'server')]
  return part(`server ${index}`, home, ['serve', '--port', String(port), ...place], {
    ready: (log) => log.includes('Listening on'),
    env: {LOG_LEVEL: 'warn'},
  })
}

const daemonPart = ({home, tasksAtOnce}: SystemOptions, serverUrl: string): Part =>
  part(
    'daemon',
    home,
    ['daemon', 'start', '--foreground', '--max-concurrent-tasks', String(tasksAtOnce)],
    {
      ready: (log) => /daemon_ready|runtimes_registered|"event":"(ready|registered)/.test(log),
      env: {MULTICA_SERVER_URL: serverUrl, MULTICA_DAEMON_POLL_INTERVAL: '1s'},
      optional: true,
    },
  )

interface PartOptions {
  ready: (log: string) => boolean
  env: Record<string, string>
  /** It counts as started when it runs: what it needs may be away. */
  optional?: boolean
}

function part(name: string, home: string, args: string[], options: PartOptions): Part {
  const self: Part = {
    name,
    log: '',
    child: undefined as unknown as ChildProcess,
    async start() {
      const env = {PATH: process.env.PATH, HOME: home, TMPDIR: process.env.TMPDIR, ...options.env}
      const child = spawn(process.execPath, [`${packageRoot}bin/run.js`, ...args], {
        env,
        cwd: home,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      self.child = child
      let own = ''
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          own += text
          self.log = (self.log + text).slice(-200_000)
        })
      }
      if (options.optional) return
      await until(
        `${name} is ready`,
        () => {
          if (child.exitCode !== null) throw new Error(`${name} ended: ${own}`)
          return options.ready(own)
        },
        START_LIMIT_MS,
      )
    },
  }
  return self
}

/** Ends a part as a service manager would, and by force when that takes too long. */
export async function end(one: Part): Promise<void> {
  const {child} = one
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGCONT')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
  await exited
  clearTimeout(timer)
}

async function livingWorkers(tasksFolder: string): Promise<number[]> {
  const ids = await readdir(tasksFolder).catch(() => [])
  const pids = await Promise.all(
    ids.map(async (id) => {
      const text = await readFile(join(tasksFolder, id, 'worker.lock'), 'utf8').catch(() => '')
      return Number(text.split(' ')[0] ?? 0)
    }),
  )
  return pids.filter((pid) => pid > 0 && isAlive(pid))
}

function isAlive(pid: number): boolean {
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
