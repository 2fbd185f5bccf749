import {setMaxListeners} from 'node:events'
import {rm} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {isTerminal, type Task} from '../../src/protocol/task.js'
import {findProcesses} from '../support/find-processes.js'
import {tempFolder} from '../support/temp-folder.js'
import {type PostgresCluster, startPostgres} from '../support/test-database.js'
import {until} from '../support/until.js'
import {checkAll, type Findings} from './check.js'
import {injectFaults} from './injector.js'
import {createRandom, type Random} from './random.js'
import {BEHAVIOURS, follow, type ReaderRecord, tail} from './readers.js'
import {type ChaosSystem, startSystem} from './system.js'
import {watchMemory} from './watch-memory.js'

export interface ChaosOptions {
  seed: string
  minutes: number
  database: 'sqlite' | 'postgres'
  servers: number
  tasksAtOnce: number
  say: (text: string) => void
  /** Says each fault when it happens. */
  verbose?: boolean
}

export interface ChaosOutcome extends Findings {
  faults: Record<string, number>
  /** Largest resident size of any server, MiB. */
  serverMiB: number
}

const READERS_PER_TASK = 3
/** After the last fault everything must have come to an end within this time. */
const CALM_MS = 180_000
const MAX_SERVER_MIB = 700

export async function runChaos(options: ChaosOptions): Promise<ChaosOutcome> {
  const home = await tempFolder()
  const cluster = options.database === 'postgres' ? await startPostgres() : undefined
  try {
    const databaseUrl = (await cluster?.newDatabase())?.url
    const system = await startSystem({home, databaseUrl, ...options})
    try {
      return await runOn(system, options, cluster, databaseUrl)
    } finally {
      await system.stop()
    }
  } finally {
    for (const pid of await findProcesses(home)) process.kill(pid, 'SIGKILL')
    await cluster?.stop()
    await rm(home, {recursive: true, force: true})
  }
}

async function runOn(
  system: ChaosSystem,
  options: ChaosOptions,
  cluster: PostgresCluster | undefined,
  databaseUrl: string | undefined,
): Promise<ChaosOutcome> {
  const {seed, minutes, say} = options
  const memory = watchMemory(() => system.servers.map(({child}) => child.pid ?? 0))
  const over = new AbortController()
  try {
    const injecting = injectFaults({
      system,
      random: createRandom(`${seed} faults`),
      signal: over.signal,
      database: databaseUrl
        ? {url: databaseUrl, restart: async () => cluster?.restart()}
        : {file: join(system.home, 'server', 'multica.db')},
      pauseMs: 1500,
      onFault: (name) => options.verbose && say(`${new Date().toISOString()} ${name}`),
    })
    const loading = load(system, createRandom(`${seed} load`), options, over.signal)
    await Promise.race([sleep(minutes * 60_000), injecting, loading])
    over.abort()
    const faults = await injecting
    system.machineNetwork.fault = undefined
    system.readerNetwork.fault = undefined
    const reading = await loading
    say(`calm after ${sum(faults)} faults; waiting for ${reading.length} readers`)
    const tasks = await settled(system)
    const readers = await withLimit(Promise.all(reading), CALM_MS)
    const findings = await checkAll(system, tasks, readers)
    const serverMiB = memory.stop()
    if (serverMiB > MAX_SERVER_MIB) findings.violations.push(`a server took ${serverMiB} MiB`)
    findings.violations.push(...(await leftovers(system)))
    return {...findings, faults, serverMiB}
  } finally {
    over.abort()
    memory.stop()
  }
}

/** Files issues as long as the faults go on, and gives each of their runs some readers. */
async function load(
  system: ChaosSystem,
  random: Random,
  {tasksAtOnce}: ChaosOptions,
  signal: AbortSignal,
): Promise<Promise<ReaderRecord>[]> {
  const reading: Promise<ReaderRecord>[] = []
  const {home, token, agentId, api} = system
  const stop = new AbortController()
  setMaxListeners(0, stop.signal)
  while (!signal.aborted) {
    const {total} = await api.tasks({status: 'queued,dispatched,running', limit: 1})
    if (total >= tasksAtOnce) {
      await sleep(200, undefined, {signal}).catch(() => {})
      continue
    }
    const issue = await api.createIssue({
      title: 'Chaos',
      status: 'todo',
      assignee_type: 'agent',
      assignee_id: agentId,
    })
    const taskId = issue.enqueued_task_id
    if (!taskId) continue
    const {url} = system.readerNetwork
    for (let index = 0; index < READERS_PER_TASK; index++) {
      const behaviour = random.pick(BEHAVIOURS)
      const own = createRandom(`${taskId} ${index}`)
      reading.push(follow({url, token, taskId, behaviour, random: own, signal: stop.signal}))
    }
    if (random.chance(0.3)) reading.push(tail(taskId, {home, url, token}))
  }
  return reading
}

/** Every task of the run once all of them, retries included, have come to their end. */
async function settled(system: ChaosSystem): Promise<Task[]> {
  return until(
    'every task has ended',
    async () => {
      const {tasks, total} = await system.api.tasks({limit: 500})
      if (tasks.length < total) throw new Error(`${total} tasks are more than one page`)
      const open = tasks.filter(({status}) => !isTerminal(status))
      return open.length === 0 && (await system.workers()).length === 0 && tasks
    },
    CALM_MS,
  )
}

async function leftovers(system: ChaosSystem): Promise<string[]> {
  const agents = await findProcesses('MULTICA_TASK_ID=', system.home)
  return agents.map((pid) => `process ${pid} of an agent lives on`)
}

async function withLimit<T>(work: Promise<T>, limitMs: number): Promise<T> {
  const late = sleep(limitMs, undefined, {ref: false}).then(() => {
    throw new Error(`readers have not come to their end in ${limitMs / 1000} s`)
  })
  return Promise.race([work, late])
}

const sum = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0)

export function formatFindings(outcome: ChaosOutcome): string {
  const {tasks, messages, deliveries, readers, ends, faults, serverMiB, violations} = outcome
  const list = (counts: Record<string, number>) =>
    Object.entries(counts)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, count]) => `  ${String(count).padStart(6)}  ${name}`)
      .join('\n')
  return [
    `${tasks} tasks, ${messages} messages, ${readers} readers, ${deliveries} deliveries, server at most ${serverMiB} MiB`,
    `ends of tasks:\n${list(ends)}`,
    `${sum(faults)} faults:\n${list(faults)}`,
    violations.length === 0
      ? 'nothing lost, repeated, out of order or stuck'
      : `${violations.length} violations:\n${violations.slice(0, 40).join('\n')}`,
  ].join('\n')
}
