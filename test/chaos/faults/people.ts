import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {access} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'
import {createApi} from '../../../src/client/api.js'
import {ApiError, createHttpClient} from '../../../src/client/http-client.js'
import {isTransient, retry} from '../../../src/client/retry.js'
import {isTerminal} from '../../../src/protocol/task.js'
import {packageRoot} from '../../support/run-cli.js'
import {until} from '../../support/until.js'
import {LEASE_SECONDS} from '../system.js'
import {type Fault, type Stage, signalTo} from './fault.js'
import {aWorker} from './processes.js'

const WORKER = fileURLToPath(new URL('../../../src/worker/main.js', import.meta.url))
const RIVALS = 3

/** People who cancel, and those who believe that a task or a machine is theirs. */
export function peopleFaults(stage: Stage): Fault[] {
  return [
    {name: 'task cancelled', weight: 1.5, run: () => cancel(stage)},
    {name: 'second workers on a living task', weight: 1, run: () => secondWorkers(stage)},
    {name: 'several workers take over a dead one', weight: 0.5, run: () => takeOver(stage)},
    {name: 'second daemon on one machine', weight: 0.5, run: () => secondDaemon(stage)},
    {name: 'claim kept by another daemon', weight: 0.5, isLong: true, run: () => keepClaim(stage)},
  ]
}

async function cancel({system, random, ledger}: Stage): Promise<void> {
  const open = ledger.open()
  if (open.length === 0) return
  const {taskId} = random.pick(open)
  ledger.note(taskId, 'cancelled')
  const {signal} = new AbortController()
  await retry(() => system.api.cancelTask(taskId), {
    signal,
    deadlineMs: 300_000,
    isFinal: (error) => !isTransient(error),
  }).catch((error: unknown) => {
    // It had ended before.
    if (!(error instanceof ApiError)) throw error
  })
}

/** Starts workers on a task's folder and waits for their ends. @returns their exit codes */
async function startWorkers({system}: Stage, taskId: string, count: number): Promise<number[]> {
  const folder = join(system.tasksFolder, taskId)
  return Promise.all(
    Array.from({length: count}, async () => {
      const child = spawn(process.execPath, [WORKER, folder], {
        cwd: system.home,
        env: {PATH: process.env.PATH, HOME: system.home, ...system.clocks.machine.env},
        stdio: 'ignore',
      })
      const [code] = await once(child, 'exit')
      return Number(code)
    }),
  )
}

/** As long as a worker lives, another one on its folder must give up at once. */
async function secondWorkers(stage: Stage): Promise<void> {
  const worker = await aWorker(stage)
  if (!worker) return
  const starting = startWorkers(stage, worker.taskId, RIVALS)
  // Those that find the first one gone do its work: that may take as long as the work takes.
  stage.beside(starting.then(() => undefined))
  await Promise.race([starting, sleep(3000)])
}

/** The daemon starts a recovery, and others do so at the same time: one of them may work. */
async function takeOver(stage: Stage): Promise<void> {
  const worker = await aWorker(stage)
  if (!worker) return
  stage.ledger.note(worker.taskId, 'worker killed')
  signalTo(worker.pid, 'SIGKILL')
  stage.beside(startWorkers(stage, worker.taskId, RIVALS).then(() => undefined))
  await sleep(1000)
}

async function secondDaemon({system, complain}: Stage): Promise<void> {
  const child = spawn(
    process.execPath,
    [`${packageRoot}bin/run.js`, 'daemon', 'start', '--foreground'],
    {
      cwd: system.home,
      env: {
        PATH: process.env.PATH,
        HOME: system.home,
        MULTICA_SERVER_URL: system.networks.machine.url,
        ...system.clocks.machine.env,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), 30_000)
  const [code, signal] = await once(child, 'exit')
  clearTimeout(timer)
  if (code === 0 || signal !== null || !said.includes('already running')) {
    complain(`a second daemon was not refused: exit ${code ?? signal}, ${said.slice(-300)}`)
  }
}

/**
 * Another daemon of the same runtime takes a claim and keeps it: the task is handed out again, and what the
 * first one then says must not count (stream §7).
 */
async function keepClaim(stage: Stage): Promise<void> {
  const {system} = stage
  const {pid} = system.daemon.child
  signalTo(pid, 'SIGSTOP')
  let claimed: Awaited<ReturnType<typeof system.api.claim>>['task'] = null
  try {
    for (let tries = 0; tries < 40 && !claimed; tries++) {
      await sleep(100)
      claimed = (await system.api.claim(system.runtimeId).catch(() => ({task: null}))).task
    }
  } finally {
    signalTo(pid, 'SIGCONT')
  }
  if (claimed?.task_token) stage.beside(comeTooLate(stage, claimed.id, claimed.task_token))
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

const HANDED_OUT_AGAIN_MS = LEASE_SECONDS * 1000 * 12

async function comeTooLate(stage: Stage, taskId: string, token: string): Promise<void> {
  const {system} = stage
  await until(
    'a claim that was kept is handed out again',
    async () => {
      const {status} = await system.api.task(taskId)
      return isTerminal(status) || status === 'running'
    },
    HANDED_OUT_AGAIN_MS,
  ).catch((error: Error) => stage.complain(`task ${taskId}: ${error.message}`))
  // Cancelled before it was handed out again: then this claim was the last, and may say so.
  if (!(await exists(join(system.tasksFolder, taskId, 'spec.json')))) return
  const late = createApi(createHttpClient({serverUrl: system.directUrl, token}))
  const message = {seq: 1, type: 'text', content: 'said by nobody'}
  const calls: Record<string, () => Promise<unknown>> = {
    start: () => late.start(taskId),
    messages: () => late.uploadMessages(taskId, [message]),
    complete: () => late.complete(taskId, {output: 'not true', last_seq: 0}),
    fail: () => late.fail(taskId, {error: 'not true', last_seq: 0}),
  }
  const {signal} = new AbortController()
  for (const [name, call] of Object.entries(calls)) {
    const refusal = await retry(call, {
      signal,
      deadlineMs: 300_000,
      isFinal: (error) => !isTransient(error),
    }).catch((error: unknown) => error)
    const isRefused = refusal instanceof ApiError && [401, 403].includes(refusal.status)
    if (!isRefused) stage.complain(`task ${taskId}: ${name} with an old token: ${String(refusal)}`)
  }
}
