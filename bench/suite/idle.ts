import {setTimeout as sleep} from 'node:timers/promises'
import type {Benchmark, Row, RunOptions} from '../support/benchmark.js'
import {startDaemonAndWorker} from '../support/daemon-and-worker.js'
import {readUsage} from '../support/process-usage.js'
import {type ServerAndLoad, withServerAndLoad} from '../support/server-and-load.js'

const READERS = 1000
/** A server that has just started looks after what it finds before it rests. */
const SETTLE_MS = 100_000
const MIB = 2 ** 20

/** What the parts cost while nothing happens. */
export const idle: Benchmark = {
  name: 'idle',
  title: 'Cost of doing nothing',
  method: `A server on SQLite with ${READERS.toLocaleString('en')} readers of a task that waits for a machine, after its first ${SETTLE_MS / 1000} s; and a daemon and a worker whose agent says nothing, each in the process that the command line starts. CPU and statements while nothing happens, heartbeats included.`,
  async run(options) {
    const parts = await Promise.all([
      withServerAndLoad((own) => idleServer(own, options)),
      withServerAndLoad((own) => idleDaemon(own, options)),
    ])
    return {rows: parts.flat()}
  },
}

const shareRow = (what: string, share: number, reference: string): Row => ({
  goal: 'P13',
  what: `${what}, CPU`,
  figure: share * 100,
  unit: '% of a core',
  reference,
  target: {max: 0.5},
})

async function idleServer({host, load}: ServerAndLoad, {quick}: RunOptions): Promise<Row[]> {
  const seconds = quick ? 20 : 40
  const {token} = await host.call('startProduct', {countStatements: true})
  const url = await host.call('newWaitingRun')
  await load.call('openReaders', {group: 'idle', url, token, count: READERS})
  await sleep(SETTLE_MS)
  const before = {cpu: await host.call('cpu'), statements: await host.call('statements')}
  await sleep(seconds * 1000)
  const statements = (await host.call('statements')) - before.statements
  const cpu = (await host.call('cpu')) - before.cpu
  return [
    {
      goal: 'P13',
      what: `server with ${READERS.toLocaleString('en')} readers, statements`,
      figure: statements / seconds,
      unit: 'a second',
      reference: `${statements} in ${seconds} s`,
      target: {max: 0},
    },
    shareRow(
      `server with ${READERS.toLocaleString('en')} readers`,
      cpu / 1e6 / seconds,
      `one heartbeat each 10 s to each reader; ${seconds} s`,
    ),
  ]
}

async function idleDaemon({host}: ServerAndLoad, {quick}: RunOptions): Promise<Row[]> {
  const seconds = quick ? 15 : 60
  const {url, token} = await host.call('startProduct', {countStatements: false})
  const system = await startDaemonAndWorker(url, token)
  try {
    await sleep(30_000)
    const pids = [
      ['daemon', system.daemonPid, 90],
      ['worker', system.workerPid, 70],
    ] as const
    const before = await Promise.all(pids.map(([, pid]) => readUsage(pid)))
    await sleep(seconds * 1000)
    const after = await Promise.all(pids.map(([, pid]) => readUsage(pid)))
    return pids.flatMap(([what, , mib], index) => {
      const used = (after[index]?.cpuSeconds ?? 0) - (before[index]?.cpuSeconds ?? 0)
      return [
        shareRow(what, used / seconds, `${(used * 1000).toFixed(0)} ms in ${seconds} s`),
        {
          goal: 'P13',
          what: `${what}, resident memory`,
          figure: (after[index]?.bytes ?? 0) / MIB,
          unit: 'MiB',
          reference: '–',
          target: {max: mib},
        },
      ]
    })
  } finally {
    await system.stop()
  }
}
