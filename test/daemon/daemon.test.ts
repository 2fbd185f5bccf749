import assert from 'node:assert/strict'
import {afterEach, test} from 'node:test'
import {setTimeout as delay} from 'node:timers/promises'
import {fetchHealth} from '../../src/daemon/local-client.js'
import type {RuntimeAgent} from '../../src/daemon/registration.js'
import {changeState} from '../../src/daemon/state-file.js'
import {newId} from '../../src/ids.js'
import {processStartTime} from '../../src/process-tree/process-table.js'
import {openConfig} from '../../src/settings/config-file.js'
import {createDaemon, fakeAgent} from '../support/create-daemon.js'
import {ScriptedServer} from '../support/scripted-server.js'
import {tempFolder} from '../support/temp-folder.js'
import {until} from '../support/until.js'

const never = new AbortController().signal
const cleanUps: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

interface Options {
  env?: Record<string, string>
  agents?: RuntimeAgent[]
  home?: string
  server?: ScriptedServer
}

async function startServer(): Promise<ScriptedServer> {
  const server = await new ScriptedServer().start()
  cleanUps.push(() => server.stop())
  return server
}

async function prepare(server: ScriptedServer, options: Options = {}) {
  const home = options.home ?? (await tempFolder())
  const env = {MULTICA_HOME: home, MULTICA_DAEMON_HEARTBEAT_INTERVAL: '50ms', ...options.env}
  await openConfig(undefined, env).change((config) => ({
    server_url: server.url,
    token: server.token,
    ...config,
  }))
  const created = createDaemon(env, options.agents ?? [fakeAgent('report')])
  cleanUps.push(() => created.workers.cleanUp())
  cleanUps.push(() => created.daemon.stop({stopTasks: false}))
  return {...created, home}
}

async function startReady(options: Options = {}) {
  const server = options.server ?? (await startServer())
  const created = await prepare(server, options)
  await created.daemon.start(never)
  await created.daemon.registered
  await until('the stream is open', () => server.streams > 0)
  return {server, ...created}
}

test('registers every agent for the watched workspaces and tells its health', async () => {
  const {server, daemon, config} = await startReady({
    agents: [fakeAgent('report'), fakeAgent('claude')],
  })
  const [register] = server.of(/register$/)
  assert.deepEqual(register?.body.task_tokens, true)
  const runtimes = register?.body.runtimes as {type: string; status: string}[]
  assert.deepEqual(
    runtimes.map(({type, status}) => [type, status]),
    [
      ['report', 'online'],
      ['claude', 'online'],
    ],
  )
  const {port} = await daemon.status()
  const health = await fetchHealth(port)
  assert.equal(health?.state, 'ready')
  assert.equal(health?.pid, process.pid)
  assert.deepEqual(health?.agents, ['report', 'claude'])
  assert.equal(health?.workspaces[0]?.runtimes.length, 2)
  assert.deepEqual(config.read().watched_workspaces, server.workspaces)
})

test('a queued task starts its worker at once and frees its slot at the end', async () => {
  const {server, daemon, workers, settings} = await startReady()
  const times: number[] = []
  for (let i = 0; i < 5; i++) {
    const from = Date.now()
    const task = server.enqueue('report')
    const worker = await until('its worker runs', () =>
      workers.started.find(({taskId}) => taskId === task.id),
    )
    times.push(worker.at - from)
    await until('it is listed', async () => (await daemon.status()).tasks[0]?.id === task.id)
    await workers.finish(settings.stateDir, task.id)
    await until('its slot is free', async () => (await daemon.status()).capacity.used === 0)
  }
  times.sort((a, b) => a - b)
  assert.ok((times[2] as number) < 250, `from queue to worker: ${times.join(', ')} ms`)
})

test('takes no more tasks than it has slots, and the next one when one is free (fault B1)', async () => {
  const {server, workers, settings} = await startReady({
    env: {MULTICA_DAEMON_MAX_CONCURRENT_TASKS: '2'},
  })
  const tasks = ['a', 'b', 'c'].map(() => server.enqueue('report'))
  await until('two run', () => workers.started.length === 2)
  await until('nothing is asked any more', async () => {
    const before = server.of(/claim$/).length
    await delay(100)
    return server.of(/claim$/).length === before
  })
  assert.equal(server.queued.length, 1)
  await workers.finish(settings.stateDir, tasks[0]?.id ?? '')
  await until('the third runs', () => workers.started.length === 3)
})

test('a runtime whose claims hang does not hold up the others (fault B22)', async () => {
  const {server, workers} = await startReady({agents: [fakeAgent('slow'), fakeAgent('fast')]})
  const slow = server.runtimeOf('slow')
  let hanging = 0
  server.trouble = ({path}) => (path.includes(slow) && ++hanging > 0 ? 'hang' : undefined)
  server.enqueue('slow')
  await until('the slow claim hangs', () => hanging > 0)
  const task = server.enqueue('fast')
  await until('the fast one runs', () => workers.started[0]?.taskId === task.id, 2000)
  server.trouble = () => undefined
  await server.stop()
})

test('polls as long as no wake-up can come', async () => {
  const server = await startServer()
  server.trouble = ({path}) => (path.startsWith('/api/events') ? 503 : undefined)
  const {daemon, workers} = await prepare(server, {
    env: {MULTICA_DAEMON_POLL_INTERVAL: '50ms'},
  })
  await daemon.start(never)
  await daemon.registered
  server.enqueue('report', {quietly: true})
  await until('its worker runs', () => workers.started.length === 1)
})

test('looks for work when the stream comes back', async () => {
  const {server, workers} = await startReady()
  await until('it has asked', () => server.of(/claim$/).length > 0)
  await server.stop()
  server.enqueue('report', {quietly: true})
  await server.start()
  await until('its worker runs', () => workers.started.length === 1)
})

test('registers again when the server has forgotten its runtimes', async () => {
  const {server, workers} = await startReady()
  const before = server.runtimeOf('report')
  server.forgetRuntimes()
  await until('it is registered anew', () => {
    try {
      return server.runtimeOf('report') !== before
    } catch {
      return false
    }
  })
  server.enqueue('report')
  await until('its worker runs', () => workers.started.length === 1)
})

test('a server that is away at the start is tried until it comes', async () => {
  const server = await startServer()
  const {daemon} = await prepare(server)
  await server.stop()
  await daemon.start(never)
  const status = await until('it has tried', async () => {
    const now = await daemon.status()
    return now.connection.state === 'unreachable' && now
  })
  assert.equal(status.state, 'waiting')
  await server.start()
  await daemon.registered
})

test('a refused token is read again from the config', async () => {
  const {server, daemon, config, workers} = await startReady()
  server.token = 'mul_other'
  await until(
    'it is refused',
    async () => (await daemon.status()).connection.state === 'unauthorized',
  )
  await config.change((c) => ({...c, token: 'mul_other'}))
  await until('it is let in', async () => (await daemon.status()).connection.state === 'ok')
  server.enqueue('report')
  await until('its worker runs', () => workers.started.length === 1)
})

test('an unwatched workspace is dropped and stays away, a new one is added', async () => {
  const {server, daemon, settings, config} = await startReady()
  const [first] = server.workspaces
  const second = {id: newId(), name: 'two'}
  server.workspaces.push(second)
  await changeState(settings.stateDir, (state) => ({...state, unwatched: [first?.id ?? '']}))
  await config.change((c) => ({...c, watched_workspaces: []}))
  await until('the second one alone is served', async () => {
    const {workspaces} = await daemon.status()
    return workspaces.length === 1 && workspaces[0]?.id === second.id
  })
  assert.deepEqual(config.read().watched_workspaces, [second])
  assert.equal(server.of(/deregister$/).length, 1)
})

test('a stopped daemon deregisters and leaves its workers to the next one', async () => {
  const {server, daemon, workers, home, settings} = await startReady()
  const task = server.enqueue('report')
  await until('it runs', () => workers.started.length === 1)
  await until('it is watched', async () => (await daemon.status()).tasks.length === 1)
  await daemon.stop({stopTasks: false})
  assert.equal(server.of(/deregister$/).length, 1)
  assert.ok(await processStartTime(workers.started[0]?.pid ?? 0))
  const next = await startReady({server, home})
  const {tasks, capacity} = await next.daemon.status()
  assert.equal(tasks[0]?.id, task.id)
  assert.equal(tasks[0]?.worker_pid, workers.started[0]?.pid)
  assert.equal(capacity.used, 1)
  await workers.finish(settings.stateDir, task.id)
  await until('it is done', async () => (await next.daemon.status()).tasks.length === 0)
  assert.equal(next.workers.started.length, 0)
})

test('a daemon that is told to stop its tasks waits for their workers', async () => {
  const {server, daemon, workers} = await startReady()
  server.enqueue('report')
  await until('it is watched', async () => (await daemon.status()).tasks.length === 1)
  await daemon.stop({stopTasks: true})
  assert.equal(await processStartTime(workers.started[0]?.pid ?? 0), undefined)
})

test('a second daemon of the same home is refused, and the first one goes on (fault C7)', async () => {
  const {server, daemon, home} = await startReady()
  const second = await prepare(server, {home})
  await assert.rejects(second.daemon.start(never), /daemon is already running \(pid \d+, since/)
  assert.equal((await fetchHealth((await daemon.status()).port))?.state, 'ready')
})

test('without an agent it does not start and says what to do', async () => {
  const server = await startServer()
  const {daemon, settings} = await prepare(server, {agents: []})
  await assert.rejects(daemon.start(never), /no agent to run: install claude .*agents\.json/)
  const again = await prepare(server, {home: settings.home})
  await again.daemon.start(never)
})

test('a task whose id would leave its folder is not touched', async () => {
  const {server, workers, daemon} = await startReady()
  server.enqueue('report', {id: '../../evil'})
  await until('it was handed out', () => server.queued.length === 0)
  await until('its slot is free', async () => (await daemon.status()).capacity.used === 0)
  assert.equal(workers.started.length, 0)
  assert.deepEqual(server.of(/evil/), [])
  server.enqueue('report')
  await until('the next one runs', () => workers.started.length === 1)
})
