import assert from 'node:assert/strict'
import {after, before, test} from 'node:test'
import {createQuickLook, requireTaskAccess} from '../../../server/services/task-access.js'
import {newId} from '../../../src/ids.js'
import {describeOnBoth} from '../../support/test-database.js'
import {createWorkBench, type WorkBench} from '../../support/work-bench.js'

describeOnBoth('who may read a run', (newDatabase) => {
  let bench: WorkBench
  before(async () => {
    bench = await createWorkBench(await newDatabase())
  })
  after(() => bench.close())

  test('a member is let in at one look, but not to a private agent, nor is a stranger', async () => {
    const look = createQuickLook(bench.context.db)
    const runtime = await bench.addRuntime()
    const open = await bench.addTask(await bench.addAgent(runtime))
    const hidden = await bench.addTask(
      await bench.addAgent(runtime, {visibility: 'private', owner_id: bench.ownerId}),
    )
    const member = await bench.addMember('member')
    assert.equal(member.principal.kind, 'user')
    const userId = member.actor.id
    assert.equal(await look(userId, open.id), true)
    assert.equal(await look(userId, hidden.id), false)
    assert.equal(await look(newId(), open.id), false)
    assert.equal(await look(userId, newId()), false)
    // The owner is let in by the longer way.
    assert.equal(await look(bench.ownerId, hidden.id), false)
    await requireTaskAccess(bench.context, bench.owner.principal, hidden.id)
    await assert.rejects(requireTaskAccess(bench.context, member.principal, hidden.id), {
      code: 'not_found',
    })
  })
})
