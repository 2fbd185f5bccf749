import assert from 'node:assert/strict'
import {rm} from 'node:fs/promises'
import {after, before, describe, test} from 'node:test'
import pg from 'pg'
import {type RunningServer, startServer} from '../../../server/server.js'
import {type Api, createApi} from '../../../src/client/api.js'
import {createHttpClient} from '../../../src/client/http-client.js'
import {isTransient, retry} from '../../../src/client/retry.js'
import {silentLog} from '../../../src/log.js'
import type {ClaimedTask} from '../../../src/protocol/task.js'
import {caller} from '../../support/call.js'
import {followWithCuts} from '../../support/following.js'
import {type RoundRobin, startRoundRobin} from '../../support/round-robin.js'
import {openSse} from '../../support/sse-reader.js'
import {tempFolder} from '../../support/temp-folder.js'
import {type PostgresCluster, startPostgres} from '../../support/test-database.js'
import {texts} from '../../support/texts.js'
import {until} from '../../support/until.js'

const upTo = (last: number) => Array.from({length: last}, (_, index) => index + 1)

describe('several servers on one Postgres', () => {
  let cluster: PostgresCluster
  let databaseUrl: string
  let folder: string
  let servers: RunningServer[]
  let balancer: RoundRobin
  let token: string
  let workspaceId: string
  let runtimeId: string
  let agentId: string
  /** A client of one of the servers. */
  const at = (index: number): Api => apiOf(servers[index]?.url ?? '', token)
  const apiOf = (serverUrl: string, secret: string) =>
    createApi(createHttpClient({serverUrl, token: secret, workspaceId, timeoutMs: 60_000}))
  const start = () =>
    startServer({host: '127.0.0.1', port: 0, dataDir: folder, databaseUrl, log: silentLog})
  const connected = (server: RunningServer) =>
    until('notifications arrive', async () => {
      const health = (await (await fetch(`${server.url}/health`)).json()) as {notifications: string}
      return health.notifications === 'ok'
    })

  before(async () => {
    cluster = await startPostgres()
    databaseUrl = (await cluster.newDatabase()).url
    folder = await tempFolder()
    servers = await Promise.all([start(), start()])
    balancer = await startRoundRobin(servers.map(({port}) => port))
    token = (await servers[0]?.createOwnerToken('test')) ?? ''
    const [workspace] = await at(0).workspaces()
    workspaceId = workspace?.id ?? ''
    const {runtimes} = await at(0).register({
      workspace_id: workspaceId,
      daemon_id: 'd',
      task_tokens: true,
      runtimes: [{type: 'script', name: 'script'}],
    })
    runtimeId = runtimes[0]?.id ?? ''
    const agent = await at(1).createAgent({
      name: 'script',
      runtime_id: runtimeId,
      max_concurrent_tasks: 1000,
    })
    agentId = agent.id
    await Promise.all(servers.map(connected))
  })
  after(async () => {
    await balancer?.close()
    await Promise.all(servers.map((server) => server.stop()))
    await cluster.stop()
    await rm(folder, {recursive: true, force: true})
  })

  const assign = (api: Api) =>
    api.createIssue({
      title: 'Work',
      status: 'todo',
      assignee_type: 'agent',
      assignee_id: agentId,
    })
  const begin = async (): Promise<ClaimedTask> => {
    await assign(at(0))
    const {task} = await at(1).claim(runtimeId)
    assert.ok(task)
    await apiOf(servers[0]?.url ?? '', task.task_token ?? '').start(task.id)
    return task
  }
  const stream = (index: number, taskId: string) =>
    `${servers[index]?.url}/api/tasks/${taskId}/stream`

  test('they make one owner and one schema, whichever comes first', async () => {
    assert.equal(servers.filter(({firstStart}) => firstStart).length, 1)
    assert.equal((await at(0).workspaces()).length, 1)
  })

  test('each of many tasks is claimed once, however many ask on both (fault C2)', async () => {
    const issues = await Promise.all(upTo(30).map((n) => assign(at(n % 2))))
    const claims = await Promise.all(
      upTo(60).map((n) =>
        at(n % 2)
          .claim(runtimeId)
          .catch(() => ({task: null})),
      ),
    )
    const more: {task: ClaimedTask | null}[] = []
    for (let n = 0; n < 40; n++) more.push(await at(n % 2).claim(runtimeId))
    const claimed = [...claims, ...more].flatMap(({task}) => (task ? [task] : []))
    assert.equal(claimed.length, 30)
    assert.equal(new Set(claimed.map(({id}) => id)).size, 30)
    assert.equal(new Set(claimed.map(({task_token}) => task_token)).size, 30)
    assert.deepEqual(claimed.map(({issue_id}) => issue_id).sort(), issues.map(({id}) => id).sort())
    await Promise.all(claimed.map(({id}) => at(0).cancelTask(id)))
  })

  test('a reader of either gets every message, whichever server the worker talks to', async () => {
    const task = await begin()
    const readers = await Promise.all(
      [0, 1].map((index) => openSse(stream(index, task.id), {token})),
    )
    const hopping = followWithCuts(`${balancer.url}/api/tasks/${task.id}/stream`, token, 'query')
    for (let first = 1; first <= 1000; first += 10) {
      const worker = apiOf(servers[(first / 10) & 1]?.url ?? '', task.task_token ?? '')
      const {last_seq} = await worker.uploadMessages(task.id, texts(first, first + 9))
      assert.equal(last_seq, first + 9)
    }
    await apiOf(servers[0]?.url ?? '', task.task_token ?? '').complete(task.id, {
      output: 'done',
      last_seq: 1000,
    })
    for (const reader of readers) {
      await until('it has ended', () => reader.ended, 20_000)
      assert.deepEqual(reader.seqs(), upTo(1000))
      assert.equal(reader.named('end').length, 1)
    }
    assert.deepEqual((await hopping).seqs, upTo(1000))
  })

  test('a hole is refused by the server that has not seen the messages before it', async () => {
    const task = await begin()
    const [one, other] = servers.map(({url}) => caller(url, task.task_token))
    const path = `/api/daemon/tasks/${task.id}/messages`
    await one?.('POST', path, {body: {messages: texts(1, 5)}})
    const gap = await other?.('POST', path, {body: {messages: texts(8, 9)}})
    assert.deepEqual([gap?.status, gap?.body.expected_seq], [409, 6])
    const repeated = await other?.('POST', path, {body: {messages: texts(3, 7)}})
    assert.equal(repeated?.body.last_seq, 7)
    await at(1).cancelTask(task.id)
  })

  test('the same batch sent to both at once is stored once', async () => {
    const task = await begin()
    const path = `/api/daemon/tasks/${task.id}/messages`
    const calls = servers.map(({url}) => caller(url, task.task_token))
    for (let first = 1; first <= 100; first += 10) {
      const answers = await Promise.all(
        calls.map((call) => call('POST', path, {body: {messages: texts(first, first + 9)}})),
      )
      assert.deepEqual(
        answers.map(({status, body}) => [status, body.last_seq]),
        [
          [200, first + 9],
          [200, first + 9],
        ],
      )
    }
    assert.deepEqual(
      (await at(0).messages(task.id)).map(({seq}) => seq),
      upTo(100),
    )
    await at(0).cancelTask(task.id)
  })

  test('what happens on one is an event on the other, and a revoked token ends streams there', async () => {
    const made = await at(0).createToken('short')
    const events = await openSse(`${servers[1]?.url}/api/events?workspace_id=${workspaceId}`, {
      token: made.token ?? '',
    })
    await until('it is connected', () => events.named('cursor').length > 0)
    const issue = await at(0).createIssue({title: 'Seen elsewhere'})
    await until('the event came', () =>
      events.named('issue:created').some(({data}) => data.includes(issue.id)),
    )
    await at(0).revokeToken(made.id)
    await until('the stream ended', () => events.ended)
  })

  test('a notification that is lost costs seconds, and nothing else', async () => {
    const task = await begin()
    const reader = await openSse(stream(1, task.id), {token})
    const worker = apiOf(servers[0]?.url ?? '', task.task_token ?? '')
    const admin = new pg.Client({connectionString: databaseUrl})
    await admin.connect()
    for (let round = 0; round < 3; round++) {
      const {rowCount} = await admin.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'multica-listen' AND datname = current_database()`,
      )
      assert.equal(rowCount, 2)
      await worker.uploadMessages(task.id, texts(round * 5 + 1, round * 5 + 5))
      await until('they came', () => reader.seqs().length === (round + 1) * 5, 15_000)
      await Promise.all(servers.map(connected))
    }
    await admin.end()
    await worker.complete(task.id, {output: 'done', last_seq: 15})
    await until('it has ended', () => reader.ended)
    assert.deepEqual(reader.seqs(), upTo(15))
  })

  test('connections that Postgres cuts are tried again, and nothing is lost (fault B8)', async () => {
    const task = await begin()
    const reader = followWithCuts(`${balancer.url}/api/tasks/${task.id}/stream`, token, 'query')
    const admin = new pg.Client({connectionString: databaseUrl})
    await admin.connect()
    const worker = apiOf(balancer.url, task.task_token ?? '')
    const again = {signal: AbortSignal.timeout(60_000), isFinal: (e: unknown) => !isTransient(e)}
    for (let first = 1; first <= 400; first += 10) {
      if (first % 100 === 51) {
        await admin.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE pid <> pg_backend_pid() AND datname = current_database()`,
        )
      }
      await retry(() => worker.uploadMessages(task.id, texts(first, first + 9)), again)
    }
    await admin.end()
    await retry(() => worker.complete(task.id, {output: 'done', last_seq: 400}), again)
    assert.deepEqual((await reader).seqs, upTo(400))
  })

  test('servers are replaced one after the other under load, and no call fails', async () => {
    const task = await begin()
    const reader = followWithCuts(`${balancer.url}/api/tasks/${task.id}/stream`, token, 'query')
    const worker = apiOf(balancer.url, task.task_token ?? '')
    let seq = 0
    let stopLoad = false
    const load = (async () => {
      while (!stopLoad) {
        await worker.uploadMessages(task.id, texts(seq + 1, seq + 5))
        seq += 5
      }
    })()
    for (let index = 0; index < 2; index++) {
      const leaving = servers[index] as RunningServer
      const coming = await start()
      balancer.targets.push(coming.port)
      await connected(coming)
      const stopping = leaving.stop({drainMs: 1000})
      const health = await fetch(`${leaving.url}/health`)
      assert.equal(health.status, 503)
      // What a load balancer does when it sees that.
      balancer.targets.splice(balancer.targets.indexOf(leaving.port), 1)
      await stopping
      servers[index] = coming
    }
    stopLoad = true
    await load
    assert.ok(seq > 50)
    await worker.complete(task.id, {output: 'done', last_seq: seq})
    assert.deepEqual((await reader).seqs, upTo(seq))
  })
})
