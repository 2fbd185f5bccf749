import assert from 'node:assert/strict'
import {spawn} from 'node:child_process'
import {readFile, stat, writeFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {afterEach, test} from 'node:test'
import {fileURLToPath} from 'node:url'
import {startInBackground} from '../../src/daemon/background.js'
import type {DaemonStatus} from '../../src/daemon/daemon-status.js'
import {findHolder} from '../../src/daemon/lock.js'
import {readStatus} from '../../src/daemon/read-status.js'
import {stopDaemon} from '../../src/daemon/stop-daemon.js'
import {stopWorkers} from '../../src/daemon/stop-workers.js'
import {processStartTime} from '../../src/process-tree/process-table.js'
import {openConfig} from '../../src/settings/config-file.js'
import {readSettings} from '../../src/settings/settings.js'
import {runCli} from '../support/run-cli.js'
import {ScriptedServer} from '../support/scripted-server.js'
import {tempFolder} from '../support/temp-folder.js'
import {until} from '../support/until.js'

const signal = new AbortController().signal
const processStart = processStartTime
const PROGRAM = fileURLToPath(new URL('../support/run-daemon.js', import.meta.url))
const cleanUps: (() => Promise<unknown> | undefined)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

async function setUp() {
  const server = await new ScriptedServer().start()
  cleanUps.push(() => server.stop())
  const env = {MULTICA_HOME: await tempFolder()}
  await openConfig(undefined, env).change(() => ({server_url: server.url, token: server.token}))
  const settings = readSettings({env})
  const start = (...agents: string[]) =>
    startInBackground({
      settings,
      argv: [
        '/usr/bin/env',
        `MULTICA_HOME=${env.MULTICA_HOME}`,
        process.execPath,
        PROGRAM,
        ...agents,
      ],
      processStart,
      signal,
    })
  cleanUps.push(() => stopWorkers(settings.stateDir, {processStart, limitMs: 5000}))
  cleanUps.push(() => stopDaemon(settings, {processStart, limitMs: 10_000, signal}))
  return {server, settings, start}
}

test('a daemon is up when its start says so, and stopped when its stop says so (fault L1)', async () => {
  const {settings, start} = await setUp()
  const status = await start('report')
  assert.deepEqual(status.agents, ['report'])
  assert.equal(await readFile(settings.pidPath, 'utf8'), `${status.pid}\n`)
  assert.equal((await stat(settings.logPath)).mode & 0o777, 0o600)
  assert.equal((await readStatus(settings, processStart)).status, 'running')
  const result = await stopDaemon(settings, {processStart, limitMs: 10_000, signal})
  assert.deepEqual([result.holder?.pid, result.stopped], [status.pid, true])
  assert.equal((await readStatus(settings, processStart)).status, 'stopped')
  await until('its process is gone', async () => (await processStart(status.pid)) === undefined)
  assert.equal((await stopDaemon(settings, {processStart, limitMs: 1, signal})).holder, undefined)
})

test('a log is shown with the path that was read (fault L3)', async () => {
  const {settings} = await setUp()
  await writeFile(settings.logPath, '{"event":"of long ago"}\n')
  const home = dirname(settings.logPath)
  const {code, stdout, stderr} = await runCli(['daemon', 'logs'], {
    home,
    env: {MULTICA_HOME: home},
  })
  assert.deepEqual([code, stdout], [0, '{"event":"of long ago"}\n'])
  assert.ok(stderr.includes(settings.logPath), stderr)
})

test('a daemon that dies at its start is reported with its last words', async () => {
  const {settings, start} = await setUp()
  await assert.rejects(start(), (error: Error) => {
    assert.match(
      error.message,
      /daemon did not start: it ended with exit code 1; log: .*daemon\.log/,
    )
    assert.match(error.message, /Error: no agent to run: install claude/)
    return true
  })
  assert.equal(await findHolder(settings.stateDir, processStart), undefined)
})

test('a program that cannot be started is reported', async () => {
  const {settings} = await setUp()
  const argv = ['/nowhere/node']
  await assert.rejects(
    startInBackground({settings, argv, processStart, signal}),
    /did not start: .*ENOENT/,
  )
})

test('the second start is refused and leaves the first one alone', async () => {
  const {settings, start} = await setUp()
  const {pid} = await start('report')
  await assert.rejects(
    start('report'),
    new RegExp(`daemon is already running \\(pid ${pid}, since`),
  )
  const direct = spawn(process.execPath, [PROGRAM, 'report'], {
    env: {...process.env, MULTICA_HOME: settings.home},
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  direct.stderr.on('data', (data) => {
    said += data
  })
  const code = await new Promise((resolve) => {
    direct.once('close', resolve)
  })
  assert.equal(code, 1)
  assert.match(said, new RegExp(`already running \\(pid ${pid}`))
  assert.equal(await readFile(settings.pidPath, 'utf8'), `${pid}\n`)
  assert.equal((await readStatus(settings, processStart)).status, 'running')
})

test('a task survives kill -9 of the daemon, and the next one watches it', async () => {
  const {server, settings, start} = await setUp()
  const first = await start('report')
  await until(
    'it is registered',
    async () => ((await readStatus(settings, processStart)) as DaemonStatus).state === 'ready',
  )
  const task = server.enqueue('report')
  const running = await until('it runs', async () => {
    const status = (await readStatus(settings, processStart)) as DaemonStatus
    return status.tasks?.[0]?.phase === 'running' && status.tasks[0]
  })
  process.kill(first.pid, 'SIGKILL')
  await until('it is dead', async () => (await processStart(first.pid)) === undefined)
  assert.equal((await readStatus(settings, processStart)).status, 'stopped')
  const second = await start('report')
  assert.notEqual(second.pid, first.pid)
  assert.equal(second.tasks[0]?.id, task.id)
  assert.equal(second.tasks[0]?.worker_pid, running.worker_pid)
  await writeFile(join(settings.stateDir, 'tasks', task.id, 'done.json.please'), '')
  await until('it is done', async () => {
    const status = (await readStatus(settings, processStart)) as DaemonStatus
    return status.tasks?.length === 0
  })
  assert.equal(server.of(/fail$/).length, 0)
})

test('a daemon that holds its lock but does not answer is called that', async () => {
  const {settings, start} = await setUp()
  const {pid} = await start('report')
  process.kill(pid, 'SIGSTOP')
  try {
    assert.equal((await readStatus(settings, processStart)).status, 'not_responding')
  } finally {
    process.kill(pid, 'SIGCONT')
  }
})
