import assert from 'node:assert/strict'
import {after, before, beforeEach, test} from 'node:test'
import type {Options} from 'sequelize'
import type {ServerContext} from '../../../server/context.js'
import type {Agent} from '../../../server/models/agent.js'
import type {Runtime} from '../../../server/models/runtime.js'
import {type ClaimService, createClaimService} from '../../../server/services/claims.js'
import {createTaskEnding} from '../../../server/services/task-ending.js'
import {CLAIM_REDELIVERY_MS} from '../../../src/protocol/limits.js'
import type {ClaimedTask, TaskStatus} from '../../../src/protocol/task.js'
import {createServiceFixture, type ServiceFixture} from '../../support/service-fixture.js'
import {describeOnBoth} from '../../support/test-database.js'

describeOnBoth('claims', (newDatabase) => {
  let fixture: ServiceFixture
  let context: ServerContext
  let claims: ClaimService
  let runtime: Runtime
  let number = 0

  before(async () => {
    fixture = await createServiceFixture(await newDatabase())
    context = fixture.context
    claims = createClaimService(context, createTaskEnding(context))
  })
  after(() => fixture.close())
  beforeEach(async () => {
    runtime = await fixture.addRuntime()
  })

  const addIssue = (status = 'todo' as const) =>
    context.db.models.Issue.create({
      workspace_id: fixture.workspaceId,
      number: ++number,
      title: `Issue ${number}`,
      status,
      creator_type: 'member',
      creator_id: fixture.ownerId,
    })

  const addTask = async (
    agent: Agent,
    options: {issueId?: string; status?: TaskStatus; priority?: number; runtimeId?: string} = {},
  ) =>
    context.db.models.Task.create({
      workspace_id: fixture.workspaceId,
      agent_id: agent.id,
      runtime_id: options.runtimeId ?? agent.runtime_id,
      issue_id: options.issueId ?? (await addIssue()).id,
      status: options.status ?? 'queued',
      priority: options.priority ?? 0,
      created_at: context.now(),
    })

  const claim = (): Promise<ClaimedTask | null> => claims.claim(fixture.ownerId, runtime.id)

  test('30 parallel claims hand out 20 tasks once each (fault C2)', async () => {
    const agent = await fixture.addAgent(runtime, {max_concurrent_tasks: 100})
    for (let i = 0; i < 20; i++) await addTask(agent)
    const answers = await Promise.all(Array.from({length: 30}, claim))
    const ids = answers.filter((task) => task !== null).map((task) => task.id)
    assert.equal(ids.length, 20)
    assert.equal(new Set(ids).size, 20)
  })

  test('two hundred idle claims at once hold no connection of their own (fault J1)', async () => {
    while (await claim()) {
      // What other tests have left is taken first.
    }
    const statements: string[] = []
    const {options} = context.db.sequelize as unknown as {options: Options}
    options.logging = (sql) => statements.push(sql)
    const answers = await Promise.all(Array.from({length: 200}, claim))
    options.logging = false
    assert.ok(answers.every((task) => task === null))
    // A transaction keeps its connection from its first statement to its last.
    assert.ok(statements.length > 0)
    assert.deepEqual(
      statements.filter((sql) => /BEGIN|START TRANSACTION/.test(sql)),
      [],
    )
  })

  test('parallel claims never exceed the limit of an agent', async () => {
    const small = await fixture.addAgent(runtime, {max_concurrent_tasks: 3})
    for (let i = 0; i < 10; i++) await addTask(small)
    const answers = await Promise.all(Array.from({length: 20}, claim))
    assert.equal(answers.filter(Boolean).length, 3)
    assert.equal(await claim(), null)
  })

  test('an agent at its limit does not hold up another one behind it', async () => {
    const full = await fixture.addAgent(runtime, {max_concurrent_tasks: 1})
    const free = await fixture.addAgent(runtime)
    await addTask(full, {status: 'running', priority: 4})
    for (let i = 0; i < 60; i++) await addTask(full, {priority: 4})
    const waiting = await addTask(free)
    assert.equal((await claim())?.id, waiting.id)
  })

  test('one agent never runs twice on one issue, another agent may', async () => {
    const agent = await fixture.addAgent(runtime)
    const other = await fixture.addAgent(runtime)
    const issue = await addIssue()
    await addTask(agent, {issueId: issue.id, status: 'running'})
    const follower = await addTask(agent, {issueId: issue.id})
    const answers = await Promise.all(Array.from({length: 5}, claim))
    assert.deepEqual(answers, [null, null, null, null, null])
    await follower.update({agent_id: other.id})
    assert.equal((await claim())?.id, follower.id)
  })

  test('a claim takes tasks of the asking runtime only', async () => {
    const elsewhere = await fixture.addRuntime()
    const agent = await fixture.addAgent(runtime)
    await addTask(agent, {runtimeId: elsewhere.id})
    assert.equal(await claim(), null)
    await assert.rejects(claims.claim((await fixture.addMember('member')).actor.id, runtime.id), {
      code: 'not_found',
    })
  })

  test('priority first, then age', async () => {
    const agent = await fixture.addAgent(runtime)
    const old = await addTask(agent)
    const urgent = await addTask(agent, {priority: 4})
    const young = await addTask(agent)
    const order = [await claim(), await claim(), await claim()].map((task) => task?.id)
    assert.deepEqual(order, [urgent.id, old.id, young.id])
  })

  test('a claim that never started is delivered again with another token (fault C3)', async () => {
    const agent = await fixture.addAgent(runtime)
    await addTask(agent)
    const first = await claim()
    assert.match(first?.task_token ?? '', /^mult_[0-9a-f]{40}$/)
    assert.equal(await claim(), null)
    fixture.clock.move(CLAIM_REDELIVERY_MS + 1)
    const answers = await Promise.all(Array.from({length: 5}, claim))
    const again = answers.filter((task) => task !== null)
    assert.equal(again.length, 1)
    assert.equal(again[0]?.id, first?.id)
    assert.notEqual(again[0]?.task_token, first?.task_token)
  })

  test('nothing is handed out to a caller who has hung up (fault C1)', async () => {
    const task = await addTask(await fixture.addAgent(runtime))
    await assert.rejects(claims.claim(fixture.ownerId, runtime.id, AbortSignal.abort()), {
      code: 'unavailable',
    })
    await task.reload()
    assert.equal(task.status, 'queued')
    assert.equal((await claim())?.id, task.id)
  })

  test('a waiting task of a closed issue is cancelled instead', async () => {
    const agent = await fixture.addAgent(runtime)
    const issue = await addIssue()
    const task = await addTask(agent, {issueId: issue.id})
    await issue.update({status: 'done'})
    assert.equal(await claim(), null)
    await task.reload()
    assert.equal(task.status, 'cancelled')
    assert.equal(task.end_reason, 'issue_closed')
    assert.ok(task.completed_at && task.sealed_at)
  })

  test('a runtime without task tokens gets none', async () => {
    runtime = await fixture.addRuntime({taskTokens: false})
    await addTask(await fixture.addAgent(runtime))
    const task = await claim()
    assert.ok(task)
    assert.equal('task_token' in task, false)
  })
})
