import {readFile} from 'node:fs/promises'
import {setTimeout as sleep} from 'node:timers/promises'
import {findProcesses} from '../../support/find-processes.js'
import {killPart, type Part, stopPart} from '../part.js'
import {LEASE_SECONDS} from '../system.js'
import {type Fault, type Stage, signalTo} from './fault.js'

/** SIGKILL, SIGSTOP and SIGCONT of each kind of process, restarts, and a machine that sleeps. */
export function processFaults(stage: Stage): Fault[] {
  const {system, random, tails} = stage
  const server = () => random.pick(system.servers)
  return [
    {name: 'server killed', weight: 3, run: () => kill(stage, server())},
    {name: 'server restarted', weight: 1, run: () => restart(server())},
    {name: 'server frozen', weight: 2, run: () => freeze(stage, server().child.pid)},
    {name: 'daemon killed', weight: 2, run: () => kill(stage, system.daemon)},
    {name: 'daemon restarted', weight: 1, run: () => restart(system.daemon)},
    {name: 'daemon frozen', weight: 1, run: () => freeze(stage, system.daemon.child.pid)},
    {name: 'worker frozen', weight: 2, run: async () => freeze(stage, (await aWorker(stage))?.pid)},
    {name: 'worker killed', weight: 1, run: () => killWorker(stage)},
    {name: 'agent killed', weight: 0.5, run: () => killAgent(stage)},
    {name: 'agent frozen', weight: 1, run: async () => freeze(stage, await anAgent(stage))},
    {
      name: 'task tail frozen',
      weight: 2,
      run: () => freeze(stage, tails.size > 0 ? random.pick([...tails]).pid : undefined),
    },
    {
      name: 'machine slept past the lease',
      weight: 0.5,
      isLong: true,
      run: () => sleepMachine(stage),
    },
  ]
}

async function kill({random}: Stage, part: Part): Promise<void> {
  await killPart(part)
  await sleep(random.int(0, 1000))
  await part.start()
}

async function restart(part: Part): Promise<void> {
  await stopPart(part)
  await part.start()
}

async function freeze({random}: Stage, pid: number | undefined): Promise<void> {
  if (!signalTo(pid, 'SIGSTOP')) return
  await sleep(random.int(100, 3000))
  signalTo(pid, 'SIGCONT')
}

export async function aWorker({system, random}: Stage) {
  const workers = await system.workers()
  return workers.length > 0 ? random.pick(workers) : undefined
}

async function killWorker(stage: Stage): Promise<void> {
  const worker = await aWorker(stage)
  if (!worker) return
  stage.ledger.note(worker.taskId, 'worker killed')
  signalTo(worker.pid, 'SIGKILL')
}

const agents = ({system}: Stage): Promise<number[]> =>
  findProcesses('MULTICA_TASK_ID=', `HOME=${system.home}`)

async function anAgent(stage: Stage): Promise<number | undefined> {
  const pids = await agents(stage)
  return pids.length > 0 ? stage.random.pick(pids) : undefined
}

async function killAgent(stage: Stage): Promise<void> {
  const pid = await anAgent(stage)
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
  const taskId = /(?:^|\0)MULTICA_TASK_ID=([^\0]+)/.exec(environment)?.[1]
  if (!taskId) return
  stage.ledger.note(taskId, 'agent killed')
  signalTo(pid, 'SIGKILL')
}

/** A laptop whose lid is closed: daemon, workers and agents stop and go on later, as if nothing had been. */
async function sleepMachine(stage: Stage): Promise<void> {
  const {system, random} = stage
  const workers = await system.workers()
  const pids = [system.daemon.child.pid, ...workers.map(({pid}) => pid), ...(await agents(stage))]
  for (const pid of pids) signalTo(pid, 'SIGSTOP')
  await sleep(LEASE_SECONDS * 1000 * (1.6 + random.next()))
  for (const pid of pids.reverse()) signalTo(pid, 'SIGCONT')
}
