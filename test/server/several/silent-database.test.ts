import assert from 'node:assert/strict'
import {after, before, beforeEach, describe, test} from 'node:test'
import {setTimeout as sleep} from 'node:timers/promises'
import {type Database, openDatabase} from '../../../server/database.js'
import {startNotifier} from '../../../server/feed/notifier.js'
import {createWakeups} from '../../../server/feed/wakeups.js'
import {createMessageWriter} from '../../../server/services/message-writer.js'
import {withStartLock} from '../../../server/start-lock.js'
import {newId} from '../../../src/ids.js'
import {silentLog} from '../../../src/log.js'
import {type FaultyProxy, startFaultyProxy} from '../../chaos/faulty-proxy.js'
import {type PostgresCluster, startPostgres} from '../../support/test-database.js'
import {until} from '../../support/until.js'
import {createWorkBench, type WorkBench} from '../../support/work-bench.js'

const HOT_MS = 500

/** A host that vanishes, and a pooler whose Postgres has: bytes go out and nothing ever comes back. */
describe('a Postgres that has gone silent', () => {
  let cluster: PostgresCluster
  let proxy: FaultyProxy
  let url: string
  let bench: WorkBench
  let db: Database
  const open = (otherMs: number) =>
    openDatabase({url, log: silentLog, poolSize: 4, limits: {hotMs: HOT_MS, otherMs}})

  before(async () => {
    cluster = await startPostgres()
    const database = await cluster.newDatabase()
    const direct = new URL(database.url)
    proxy = await startFaultyProxy([Number(direct.port)])
    direct.port = new URL(proxy.url).port
    url = direct.href
    bench = await createWorkBench(database)
  })
  beforeEach(async () => {
    db = await open(60_000)
  })
  after(async () => {
    await bench.close()
    await proxy.close()
    await cluster.stop()
  })

  const stall = () => {
    proxy.fault = {kind: 'stall'}
  }
  const recover = () => {
    proxy.fault = undefined
  }
  const running = async () => {
    const runtime = await bench.addRuntime()
    await bench.addTask(await bench.addAgent(runtime))
    const {id} = await bench.claimFor(runtime)
    return {taskId: id, tokenHash: (await bench.row(id)).token_hash}
  }
  const message = (seq: number) => ({seq, type: 'text', payload: `{"seq":${seq}}`, live: null})
  const unavailable = {code: 'unavailable'}

  test('refuses uploads after a while, and takes them when it is back', async () => {
    const writer = createMessageWriter(db)
    const run = await running()
    await writer.write({...run, messages: [message(1)]})
    stall()
    await assert.rejects(writer.write({...run, messages: [message(2)]}), unavailable)
    recover()
    assert.equal((await writer.write({...run, messages: [message(2)]})).lastSeq, 2)
    await db.close()
  })

  test('ends a transaction on which uploads wait', async () => {
    const work = db.hotTransaction(async (tx) => {
      await db.sequelize.query('SELECT 1', {transaction: tx})
      stall()
      await db.sequelize.query('SELECT 2', {transaction: tx})
    })
    await assert.rejects(work, unavailable)
    recover()
    const rows = await db.transaction((tx) => db.sequelize.query('SELECT 3', {transaction: tx}))
    assert.ok(rows)
    await db.close()
  })

  test('ends a transaction whose commit gets no answer', {timeout: 20_000}, async () => {
    const work = db.hotTransaction(async (tx) => {
      await db.sequelize.query('SELECT 1', {transaction: tx})
      stall()
    })
    await assert.rejects(work)
    recover()
    await db.close()
  })

  test('a long statement off the hot paths is not ended, and a closed database does not hang', async () => {
    await db.sequelize.query('SELECT pg_sleep(1)')
    stall()
    await db.close()
    recover()
  })

  test('the start waits for another server as long as it takes', async () => {
    await db.close()
    let free = () => {}
    const held = new Promise<void>((resolve) => {
      free = resolve
    })
    const locked = withStartLock(bench.context.db.sequelize, () => held)
    const opening = open(100)
    await sleep(600)
    free()
    await locked
    await (await opening).close()
  })

  test('wake-ups come again, and their end does not wait for an answer', async () => {
    const wakeups = createWakeups()
    const options = {url, db, wakeups, log: silentLog}
    const notifier = startNotifier(options)
    await until('it listens', () => notifier.connected)
    stall()
    wakeups.wake(`task:${newId()}`)
    const begun = performance.now()
    await notifier.stop()
    assert.ok(performance.now() - begun < 5000)
    recover()
    await db.close()
  })
})
