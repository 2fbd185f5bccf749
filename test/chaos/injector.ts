import {setTimeout as sleep} from 'node:timers/promises'
import pg from 'pg'
import sqlite3 from 'sqlite3'
import {findProcesses} from '../support/find-processes.js'
import type {FaultyProxy, NetworkFault} from './faulty-proxy.js'
import type {Random} from './random.js'
import type {ChaosSystem, Part} from './system.js'

export interface InjectorOptions {
  system: ChaosSystem
  random: Random
  signal: AbortSignal
  /** The file of SQLite, or the address of Postgres. */
  database: {file: string} | {url: string; restart: () => Promise<void>}
  /** Longest pause between two faults. */
  pauseMs: number
  onFault(name: string): void
}

type Fault = {name: string; weight: number; run: () => Promise<void>}

/** Does harm according to a seeded plan until the signal aborts. @returns how often each was done */
export async function injectFaults(options: InjectorOptions): Promise<Record<string, number>> {
  const {random, signal, pauseMs} = options
  const faults = faultsOf(options)
  const counts: Record<string, number> = {}
  while (!signal.aborted) {
    await sleep(random.int(100, pauseMs), undefined, {signal}).catch(() => {})
    if (signal.aborted) break
    const fault = choose(faults, random)
    counts[fault.name] = (counts[fault.name] ?? 0) + 1
    options.onFault(fault.name)
    await fault.run()
  }
  return counts
}

function choose(faults: Fault[], random: Random): Fault {
  let left = random.next() * faults.reduce((sum, {weight}) => sum + weight, 0)
  for (const fault of faults) {
    left -= fault.weight
    if (left < 0) return fault
  }
  return faults[0] as Fault
}

function faultsOf(options: InjectorOptions): Fault[] {
  const {system, random} = options
  const server = () => random.pick(system.servers)
  return [
    {name: 'server killed', weight: 3, run: () => kill(server(), random)},
    {name: 'server restarted', weight: 1, run: () => restart(server())},
    {name: 'server frozen', weight: 2, run: () => freeze(server().child.pid, random)},
    {name: 'daemon killed', weight: 2, run: () => kill(system.daemon, random)},
    {name: 'daemon frozen', weight: 1, run: () => freeze(system.daemon.child.pid, random)},
    {name: 'worker frozen', weight: 2, run: async () => freeze(await aWorker(options), random)},
    {
      name: 'worker killed',
      weight: 1,
      run: async () => signalTo(await aWorker(options), 'SIGKILL'),
    },
    {name: 'agent killed', weight: 0.5, run: () => killAgent(options)},
    ...networkFaults(options, system.machineNetwork, 'workers'),
    ...networkFaults(options, system.readerNetwork, 'readers'),
    ...databaseFaults(options),
  ]
}

async function kill(part: Part, random: Random): Promise<void> {
  const {child} = part
  const exited = new Promise((resolve) => child.once('exit', resolve))
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL')
    await exited
  }
  await sleep(random.int(0, 1000))
  await part.start()
}

async function restart(part: Part): Promise<void> {
  const exited = new Promise((resolve) => part.child.once('exit', resolve))
  part.child.kill('SIGTERM')
  await exited
  await part.start()
}

async function freeze(pid: number | undefined, random: Random): Promise<void> {
  signalTo(pid, 'SIGSTOP')
  await sleep(random.int(100, 3000))
  signalTo(pid, 'SIGCONT')
}

function signalTo(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended by itself.
  }
}

async function aWorker({system, random}: InjectorOptions): Promise<number | undefined> {
  const workers = await system.workers()
  return workers.length > 0 ? random.pick(workers) : undefined
}

async function killAgent({system, random}: InjectorOptions): Promise<void> {
  const agents = await findProcesses('MULTICA_TASK_ID=', system.home)
  if (agents.length > 0) signalTo(random.pick(agents), 'SIGKILL')
}

function networkFaults({random}: InjectorOptions, network: FaultyProxy, whose: string): Fault[] {
  const lasting = (name: string, weight: number, fault: () => NetworkFault): Fault => ({
    name: `${whose}: ${name}`,
    weight,
    async run() {
      network.fault = fault()
      await sleep(random.int(100, 2500))
      network.fault = undefined
    },
  })
  return [
    {name: `${whose}: cut`, weight: 2, run: async () => network.cut()},
    lasting('refused', 1, () => ({kind: 'refuse'})),
    lasting('stalled', 1, () => ({kind: 'stall'})),
    lasting('delayed', 1, () => ({kind: 'delay', ms: random.int(5, 200)})),
    lasting('slow', 1, () => ({kind: 'slow', bytesPerSecond: random.int(20_000, 500_000)})),
    lasting('answers dropped', 2, () => ({kind: 'drop-answer'})),
    lasting('gateway errors', 1, () => ({
      kind: 'answer',
      status: random.pick([429, 502, 503] as const),
    })),
  ]
}

function databaseFaults({database, random}: InjectorOptions): Fault[] {
  if ('file' in database) {
    const run = () => lockFile(database.file, random.int(200, 4000))
    return [{name: 'database locked', weight: 2, run}]
  }
  return [
    {name: 'database connections cut', weight: 2, run: () => cutConnections(database.url)},
    {name: 'database restarted', weight: 0.5, run: database.restart},
  ]
}

async function lockFile(file: string, ms: number): Promise<void> {
  const db = new sqlite3.Database(file)
  const exec = (sql: string) =>
    new Promise<boolean>((resolve) => {
      db.exec(sql, (error) => resolve(!error))
    })
  if (await exec('BEGIN IMMEDIATE')) {
    await sleep(ms)
    await exec('ROLLBACK')
  }
  await new Promise((resolve) => db.close(resolve))
}

async function cutConnections(url: string): Promise<void> {
  const client = new pg.Client({connectionString: url})
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE pid <> pg_backend_pid() AND datname = current_database()`,
    )
  } catch {
    // It is being restarted.
  } finally {
    await client.end().catch(() => {})
  }
}
