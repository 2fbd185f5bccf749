import assert from 'node:assert/strict'
import {after, before, describe, it} from 'node:test'
import {createWatchfulness} from '../../../server/services/watchfulness.js'
import {tempFolder} from '../../support/temp-folder.js'
import {newSqlite} from '../../support/test-database.js'
import {createWorkBench, type WorkBench} from '../../support/work-bench.js'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

describe('rest of the sweeper on SQLite', () => {
  let bench: WorkBench
  before(async () => {
    bench = await createWorkBench(newSqlite(await tempFolder()))
  })
  after(() => bench.close())

  const looked = async () => {
    const watch = createWatchfulness(bench.context, HOUR_MS)
    await watch.look()
    return watch
  }

  it('has to look once, and rests while there is nothing to watch', async () => {
    const watch = createWatchfulness(bench.context, HOUR_MS)
    assert.equal(watch.needsRound(), true)
    await watch.look()
    assert.equal(watch.needsRound(), false)
  })

  it('wakes at the first write, and within ten minutes whatever happens', async () => {
    const watch = await looked()
    await bench.context.db.write(async () => {})
    assert.equal(watch.needsRound(), true)
    await watch.look()
    assert.equal(watch.needsRound(), false)
    bench.clock.move(10 * MINUTE_MS)
    assert.equal(watch.needsRound(), true)
  })

  it('does not rest beside a runtime that is online, a run, or an open transcript', async () => {
    const runtime = await bench.addRuntime()
    assert.equal((await looked()).needsRound(), true)
    await runtime.update({status: 'offline'})
    assert.equal((await looked()).needsRound(), false)
    const task = await bench.addTask(await bench.addAgent(runtime), {status: 'running'})
    assert.equal((await looked()).needsRound(), true)
    await task.update({status: 'cancelled'})
    assert.equal((await looked()).needsRound(), true)
    await task.update({sealed_at: bench.context.now()})
    assert.equal((await looked()).needsRound(), false)
  })

  it('wakes when a task has waited too long', async () => {
    const runtime = await bench.addRuntime()
    await runtime.update({status: 'offline'})
    await bench.addTask(await bench.addAgent(runtime))
    const watch = createWatchfulness(bench.context, 5 * MINUTE_MS)
    await watch.look()
    assert.equal(watch.needsRound(), false)
    bench.clock.move(5 * MINUTE_MS)
    assert.equal(watch.needsRound(), true)
  })
})
