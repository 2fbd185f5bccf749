import assert from 'node:assert/strict'
import {after, before, test} from 'node:test'
import {newId} from '../../../src/ids.js'
import {RegisterBody} from '../../../src/protocol/runtime.js'
import {describeOnBoth} from '../../support/test-database.js'
import {createWorkBench, type WorkBench} from '../../support/work-bench.js'

describeOnBoth('runtimes', (newDatabase) => {
  let bench: WorkBench

  before(async () => {
    bench = await createWorkBench(await newDatabase())
  })
  after(() => bench.close())

  const body = (daemonId: string, types = ['claude', 'report'], more: object = {}) =>
    RegisterBody.parse({
      workspace_id: bench.workspaceId,
      daemon_id: daemonId,
      device_name: 'my-host',
      runtimes: types.map((type) => ({type, version: '2.1', status: 'online'})),
      ...more,
    })

  test('ids stay, answers come in the order of the request', async () => {
    const daemonId = newId()
    const first = await bench.runtimes.register(bench.ownerId, body(daemonId))
    const second = await bench.runtimes.register(
      bench.ownerId,
      body(daemonId, ['report', 'claude'], {task_tokens: true}),
    )
    assert.deepEqual(
      second.runtimes.map(({id, provider}) => [id, provider]),
      first.runtimes.map(({id, provider}) => [id, provider]).reverse(),
    )
    const [runtime] = first.runtimes
    assert.equal(runtime?.name, 'claude (my-host)')
    assert.equal(runtime?.device_info, 'my-host · 2.1')
    assert.deepEqual(runtime?.metadata, {version: '2.1'})
    assert.equal(runtime?.status, 'online')
    const row = await bench.context.db.models.Runtime.findByPk(runtime?.id ?? '')
    assert.equal(row?.task_tokens, true)
    assert.deepEqual(first.repos, [])
  })

  test('the same daemon at the same time from several sides', async () => {
    const daemonId = newId()
    const answers = await Promise.all(
      Array.from({length: 8}, () => bench.runtimes.register(bench.ownerId, body(daemonId))),
    )
    const ids = answers.map(({runtimes}) => runtimes.map(({id}) => id).join())
    assert.equal(new Set(ids).size, 1)
  })

  test('a runtime belongs to who registered it; admins may take it, members may not', async () => {
    const member = await bench.addMember('member')
    const other = await bench.addMember('member')
    const admin = await bench.addMember('admin')
    const daemonId = newId()
    const {runtimes} = await bench.runtimes.register(member.actor.id, body(daemonId, ['claude']))
    await assert.rejects(
      bench.runtimes.register(other.actor.id, body(daemonId, ['fresh', 'claude'])),
      {code: 'conflict'},
    )
    const {Runtime} = bench.context.db.models
    assert.equal(await Runtime.count({where: {daemon_id: daemonId}}), 1, 'all or none')
    await bench.runtimes.register(admin.actor.id, body(daemonId, ['claude']))
    const id = runtimes[0]?.id ?? ''
    await assert.rejects(bench.runtimes.heartbeat(member.actor.id, id), {code: 'not_found'})
    await bench.runtimes.heartbeat(admin.actor.id, id)
  })

  test('strangers find neither workspace nor runtime', async () => {
    const stranger = await bench.context.db.models.User.create({name: 'S', email: 's@example.org'})
    await assert.rejects(bench.runtimes.register(stranger.id, body(newId())), {
      code: 'not_found',
      message: 'workspace not found',
    })
    const runtime = await bench.addRuntime()
    for (const id of [runtime.id, newId(), 'nonsense']) {
      await assert.rejects(bench.runtimes.heartbeat(stranger.id, id), {
        code: 'not_found',
        message: 'runtime not found',
      })
    }
  })

  test('somebody who has left the workspace has lost its runtimes', async () => {
    const member = await bench.addMember('member')
    const runtime = await bench.addRuntime({ownerId: member.actor.id})
    await bench.runtimes.heartbeat(member.actor.id, runtime.id)
    const {Member} = bench.context.db.models
    await Member.destroy({where: {user_id: member.actor.id}})
    await assert.rejects(bench.runtimes.heartbeat(member.actor.id, runtime.id), {
      code: 'not_found',
    })
    await assert.rejects(bench.claims.claim(member.actor.id, runtime.id), {code: 'not_found'})
  })

  test('deregistering ends what an original daemon held and leaves workers alone', async () => {
    const old = await bench.addRuntime({taskTokens: false})
    const ours = await bench.addRuntime()
    const runs = []
    for (const runtime of [old, ours]) {
      const agent = await bench.addAgent(runtime)
      await bench.addTask(agent)
      await bench.addTask(agent)
      const task = await bench.claimFor(runtime)
      await bench.runs.start(await bench.holder(task.id))
      runs.push(task.id, (await bench.claimFor(runtime)).id)
    }
    await bench.runtimes.deregister(bench.ownerId, [old.id, ours.id, newId(), 'nonsense'])
    const rows = await Promise.all(runs.map((id) => bench.row(id)))
    assert.deepEqual(
      rows.map((row) => row.status),
      ['failed', 'queued', 'running', 'dispatched'],
    )
    assert.equal(rows[0]?.error, 'runtime went offline')
    await old.reload()
    assert.equal(old.status, 'offline')
  })

  test('the pending list shows what waits, best first', async () => {
    const runtime = await bench.addRuntime()
    const agent = await bench.addAgent(runtime)
    const low = await bench.addTask(agent)
    const urgent = await bench.addTask(agent, {priority: 4})
    await bench.addTask(agent, {status: 'running'})
    const pending = await bench.runtimes.pending(bench.ownerId, runtime.id)
    assert.deepEqual(
      pending.map((task) => task.id),
      [urgent.id, low.id],
    )
    assert.equal(pending[0]?.agent_name, 'claude')
  })
})
