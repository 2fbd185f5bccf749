import assert from 'node:assert/strict'
import {after, before, test} from 'node:test'
import {type Sweeper, startSweeper} from '../../../server/sweeper.js'
import {newId} from '../../../src/ids.js'
import {describeOnBoth} from '../../support/test-database.js'
import {createWorkBench, type WorkBench} from '../../support/work-bench.js'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

describeOnBoth('housekeeping', (newDatabase) => {
  let bench: WorkBench
  let sweeper: Sweeper

  before(async () => {
    bench = await createWorkBench(await newDatabase())
    sweeper = startSweeper(bench.context, bench.ending, {intervalMs: DAY_MS})
  })
  after(async () => {
    await sweeper.stop()
    await bench.close()
  })

  test('old events go, but so many of the newest stay', async () => {
    const {Event, Workspace} = bench.context.db.models
    const counter = 130_000
    const edge = counter - 10_000
    await Event.bulkCreate(
      [edge - 10_000, edge - 1, edge, edge + 500].map((seq) => ({
        workspace_id: bench.workspaceId,
        seq,
        type: 'test',
        payload: '{}',
        created_at: new Date(bench.clock.now().getTime() - 60 * DAY_MS),
      })),
    )
    await Event.create({
      workspace_id: bench.workspaceId,
      seq: counter - 100_001,
      type: 'test',
      payload: '{}',
    })
    await Workspace.update({event_counter: counter}, {where: {id: bench.workspaceId}})
    bench.clock.move(2 * HOUR_MS)
    await sweeper.sweep()
    const left = await Event.findAll({where: {type: 'test'}})
    assert.deepEqual(
      left.map((event) => event.seq),
      [edge + 500],
    )
  })

  test('sign-ins that have ended, answers to repeated calls and old counters go', async () => {
    const {IdempotencyKey, SignInLink, WebSession} = bench.context.db.models
    const {sequelize} = bench.context.db
    const now = bench.clock.now().getTime()
    const at = (ms: number) => new Date(now + ms)
    const count = async () => [
      await WebSession.count(),
      await SignInLink.count(),
      await IdempotencyKey.count(),
      (await sequelize.query('SELECT key FROM rate_limit'))[0].length,
    ]
    const before = await count()
    for (const expires_at of [at(HOUR_MS), at(9 * HOUR_MS)]) {
      const row = {user_id: bench.ownerId, expires_at}
      await WebSession.create({...row, token_hash: newId()})
      await SignInLink.create({...row, code_hash: newId()})
      const key = {replacements: {key: newId(), at: expires_at.getTime()}}
      await sequelize.query('INSERT INTO rate_limit VALUES (:key, 1, :at)', key)
    }
    for (const created_at of [at(-23 * HOUR_MS), at(0)]) {
      const row = {user_id: bench.ownerId, idempotency_key: newId(), created_at}
      await IdempotencyKey.create({...row, request: '', status: 200, body: '{}'})
    }
    bench.clock.move(2 * HOUR_MS)
    await sweeper.sweep()
    assert.deepEqual(
      await count(),
      before.map((number) => number + 1),
    )
  })
})
