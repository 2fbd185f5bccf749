import type {ChildProcess} from 'node:child_process'
import {chmod, cp, rm} from 'node:fs/promises'
import {setTimeout as sleep} from 'node:timers/promises'
import {findProcesses} from '../support/find-processes.js'
import {tempFolder} from '../support/temp-folder.js'
import {openPostgres, openSqlite} from './database.js'
import {EventsReader} from './events-reader.js'
import {Examiner, type Findings, noFindings} from './examiner.js'
import type {Stage} from './faults/fault.js'
import {injectFaults} from './injector.js'
import {createLedger} from './ledger.js'
import {findLeftovers, findSecrets} from './leftovers.js'
import {Load} from './load.js'
import {createRandom} from './random.js'
import {type ChaosOutcome, formatMemory} from './report.js'
import {removeDisks} from './small-disk.js'
import {type ChaosSystem, startSystem} from './system.js'
import {watchMemory} from './watch-memory.js'
import {watchRunning} from './watch-running.js'

export interface ChaosOptions {
  seed: string
  minutes: number
  database: 'sqlite' | 'postgres'
  servers: number
  tasksAtOnce: number
  /** Without the faults and silences that take as long as a lease. */
  isShort?: boolean
  say: (text: string) => void
  /** Says each fault and each task when it comes. */
  verbose?: boolean
  /** Leaves the folder of a run that has found something. */
  keep?: boolean
  /** Gives up and cleans up. */
  signal?: AbortSignal
}

/** After the last fault everything must have come to an end within this time. */
const CALM_MS = 240_000
const PROGRESS_MS = 60_000
/** A process that needs more keeps what it should have let go. */
const MAX_MIB: Readonly<Record<string, number>> = {server: 700, daemon: 400, worker: 700}

export async function runChaos(options: ChaosOptions): Promise<ChaosOutcome> {
  const home = await tempFolder()
  // The user that Postgres runs as must be able to pass through.
  await chmod(home, 0o755)
  const database = await (options.database === 'postgres' ? openPostgres(home) : openSqlite(home))
  const findings = noFindings()
  const complain = (text: string) => {
    findings.violations.push(text)
    options.say(`VIOLATION ${text}`)
  }
  let system: ChaosSystem | undefined
  try {
    system = await startSystem({home, ...options, database, onCrash: complain})
    return await Promise.race([
      runOn(system, options, {findings, complain}),
      aborted(options.signal),
    ])
  } finally {
    await system?.stop()
    for (const pid of await findProcesses(`HOME=${home}`)) process.kill(pid, 'SIGKILL')
    await database.stop()
    if (options.keep) options.say(`everything of this run: ${await keep(home)}`)
    await removeDisks(home)
    await rm(home, {recursive: true, force: true})
  }
}

/** Copies a run's folder, for those who want to look. @returns where to */
async function keep(home: string): Promise<string> {
  await cp(home, `${home}-kept`, {recursive: true})
  return `${home}-kept`
}

/** Rejects when the signal aborts. */
function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = () => reject(new Error('interrupted'))
    if (signal?.aborted) onAbort()
    else signal?.addEventListener('abort', onAbort, {once: true})
  })
}

interface Notebook {
  findings: Findings
  complain(text: string): void
}

async function runOn(
  system: ChaosSystem,
  options: ChaosOptions,
  {findings, complain}: Notebook,
): Promise<ChaosOutcome> {
  const {seed, minutes, say, verbose = false, isShort = false} = options
  const over = new AbortController()
  const beside = new Set<Promise<void>>()
  const ledger = createLedger()
  const tails = new Set<ChildProcess>()
  const stage: Stage = {
    system,
    random: createRandom(`${seed} faults`),
    ledger,
    tails,
    complain,
    beside(work) {
      const done = work.catch((error: unknown) => complain(String(error)))
      beside.add(done)
      void done.finally(() => beside.delete(done))
    },
  }
  const memory = watchMemory(() => pidsOf(system))
  const events = await openEvents(system, seed)
  const examiner = new Examiner({
    system,
    events,
    findings,
    complain,
    limitMs: CALM_MS,
    say: (text) => verbose && say(text),
  })
  const load = new Load({
    ...{system, seed, ledger, events, examiner, tails, complain},
    tasksAtOnce: options.tasksAtOnce,
    patient: !isShort,
  })
  const counts = {faults: 0}
  let lastFault = 'none'
  const progress = setInterval(
    () => say(describe(findings, counts.faults, memory.sizes)),
    PROGRESS_MS,
  )
  try {
    const injecting = injectFaults({
      stage,
      signal: over.signal,
      pauseMs: isShort ? 500 : 1500,
      isShort,
      onFault(name) {
        counts.faults++
        lastFault = name
        if (verbose) say(`${new Date().toISOString()} ${name}`)
      },
    })
    const watching = watchRunning(system, complain, over.signal)
    const loading = load.run(over.signal)
    await Promise.race([sleep(minutes * 60_000), injecting, loading])
    over.abort()
    const [faults] = await Promise.all([
      withLimit(injecting, () => `the fault "${lastFault}"`),
      withLimit(loading, () => `the load (${load.doing})`),
      withLimit(watching, () => 'the watch over running tasks'),
    ])
    await calm(system)
    await inTime(Promise.all([load.settled(), ...beside]), say)
    const strayed = await withLimit(
      events.stop(),
      () => `the reader of all events (${events.doing})`,
    )
    await system.stop()
    for (const [kind, size] of Object.entries(memory.sizes)) {
      if (size > (MAX_MIB[kind] ?? 0)) complain(`a ${kind} took ${size} MiB`)
    }
    for (const text of [
      ...strayed,
      ...(await findLeftovers(system)),
      ...(await findSecrets(system)),
    ]) {
      complain(text)
    }
    const missing = missingFaults(system)
    return {...findings, faults, resyncs: events.resyncs, memory: memory.sizes, missing}
  } finally {
    over.abort()
    load.stop()
    clearInterval(progress)
    memory.stop()
  }
}

async function openEvents(system: ChaosSystem, seed: string): Promise<EventsReader> {
  const {token, workspaceId, api, networks} = system
  const events = new EventsReader({
    url: networks.readers.url,
    token,
    workspaceId,
    random: createRandom(`${seed} events`),
    readTask: (id) => api.task(id),
  })
  await events.ready()
  return events
}

/** No fault lasts longer than the plan. */
async function calm(system: ChaosSystem): Promise<void> {
  const {machine, readers, database} = system.networks
  for (const network of [machine, readers, ...database]) network.fault = undefined
}

/** @throws when something of the suite itself does not end: the run is then worth nothing */
async function withLimit<T>(work: Promise<T>, what: () => string): Promise<T> {
  const over = new AbortController()
  const late = sleep(CALM_MS, undefined, {signal: over.signal}).then(() => {
    throw new Error(`${what()} has not come to its end in ${CALM_MS / 1000} s`)
  })
  late.catch(() => undefined)
  try {
    return await Promise.race([work, late])
  } finally {
    over.abort()
  }
}

async function inTime(work: Promise<unknown>, say: (text: string) => void): Promise<void> {
  const timer = setTimeout(() => say('waiting for what has not come to its end'), CALM_MS / 2)
  await work
  clearTimeout(timer)
}

async function pidsOf(system: ChaosSystem): Promise<Record<string, number[]>> {
  return {
    server: system.servers.map(({child}) => child.pid ?? 0),
    daemon: [system.daemon.child.pid ?? 0],
    worker: (await system.workers()).map(({pid}) => pid),
  }
}

function describe(
  {tasks, messages, deliveries, violations}: ChaosOutcomeSoFar,
  faults: number,
  sizes: Record<string, number>,
): string {
  return `${new Date().toISOString()} ${tasks} tasks, ${messages} messages, ${deliveries} deliveries, ${faults} faults, ${formatMemory(sizes)}, ${violations.length} violations`
}

type ChaosOutcomeSoFar = Pick<ChaosOutcome, 'tasks' | 'messages' | 'deliveries' | 'violations'>

function missingFaults({disks}: ChaosSystem): string[] {
  return [
    ...(disks.journals ? [] : ['a full disk under the journals (mounting needs root)']),
    ...(disks.database ? [] : ['a full disk under the database (mounting needs root)']),
  ]
}
