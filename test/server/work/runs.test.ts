import assert from 'node:assert/strict'
import {after, before, beforeEach, test} from 'node:test'
import type {Agent} from '../../../server/models/agent.js'
import type {Runtime} from '../../../server/models/runtime.js'
import {takeUpAgain} from '../../../server/services/task-revival.js'
import {createServices} from '../../../server/services.js'
import {CLAIM_REDELIVERY_MS, MAX_RESULT_COMMENT_CHARACTERS} from '../../../src/protocol/limits.js'
import type {ClaimedTask} from '../../../src/protocol/task.js'
import {describeOnBoth} from '../../support/test-database.js'
import {createWorkBench, type WorkBench} from '../../support/work-bench.js'

describeOnBoth('the life of a run', (newDatabase) => {
  let bench: WorkBench
  let runtime: Runtime
  let agent: Agent

  before(async () => {
    bench = await createWorkBench(await newDatabase())
  })
  after(() => bench.close())
  beforeEach(async () => {
    runtime = await bench.addRuntime()
    agent = await bench.addAgent(runtime)
  })

  const started = async (): Promise<ClaimedTask> => {
    await bench.addTask(agent)
    const task = await bench.claimFor(runtime)
    await bench.runs.start(await bench.holder(task.id))
    return task
  }
  const result = (last_seq: number, output = 'All done') => ({output, last_seq})

  test('a run without an issue goes its whole way, and its workspace hears of it (fault B10)', async () => {
    const {id} = await bench.context.db.models.Task.create({
      workspace_id: agent.workspace_id,
      agent_id: agent.id,
      runtime_id: runtime.id,
      issue_id: null,
      status: 'queued',
      created_at: bench.context.now(),
    })
    const task = await bench.claimFor(runtime)
    assert.deepEqual([task.id, task.workspace_id], [id, agent.workspace_id])
    await bench.runs.start(await bench.holder(id))
    await bench.addMessages(id, 1, 2)
    const ended = await bench.runs.complete(await bench.holder(id), result(2))
    assert.deepEqual([ended.status, ended.last_seq], ['completed', 2])
    const told = (await bench.events('task:status')).filter(({payload}) => payload.task_id === id)
    assert.deepEqual(
      told.map(({payload}) => payload.status),
      ['dispatched', 'running', 'completed'],
    )
  })

  test('start twice is one start', async () => {
    const task = await started()
    const first = await bench.row(task.id)
    const again = await bench.runs.start(await bench.holder(task.id))
    assert.equal(again.status, 'running')
    assert.equal(again.started_at, first.started_at?.toISOString())
  })

  test('the result is taken when every message is there, and not before (fault A1)', async () => {
    const task = await started()
    await bench.addMessages(task.id, 1, 3)
    await assert.rejects(bench.runs.complete(await bench.holder(task.id), result(5)), {
      code: 'gap',
      details: {expected_seq: 4},
    })
    assert.equal((await bench.row(task.id)).status, 'running')
    await bench.addMessages(task.id, 4, 5)
    const done = await bench.runs.complete(await bench.holder(task.id), {
      ...result(5),
      session_id: 's-1',
      work_dir: '/tmp/w',
      usage: usage(12),
    })
    assert.equal(done.status, 'completed')
    assert.equal(done.end_reason, 'completed')
    assert.equal(done.last_seq, 5)
    assert.ok(done.sealed_at && done.completed_at)
    assert.equal(done.usage?.input_tokens, 12)
    assert.deepEqual(done.result, {
      output: 'All done',
      pr_url: '',
      session_id: 's-1',
      work_dir: '/tmp/w',
    })
  })

  test('a run has ended when its machine says so, however late the report is', async () => {
    const task = await started()
    bench.clock.move(3_600_000)
    const body = {...result(0), ended_ms_ago: 600_000}
    const done = await bench.runs.complete(await bench.holder(task.id), body)
    const took = Date.parse(done.sealed_at ?? '') - Date.parse(done.completed_at ?? '')
    assert.ok(took >= 600_000 && took < 601_000, `${took} ms before the report`)
    const other = await started()
    bench.clock.move(1000)
    const early = {error: 'no', last_seq: 0, ended_ms_ago: 3_600_000}
    const failed = await bench.runs.fail(await bench.holder(other.id), early)
    assert.equal(failed.completed_at, failed.started_at, 'never before it began')
  })

  test('the result is a comment of the agent, with activity and events, once', async () => {
    const task = await started()
    const before = (await bench.events()).length
    await bench.runs.complete(await bench.holder(task.id), result(0))
    await bench.runs.complete(await bench.holder(task.id), result(0))
    const [comment, ...more] = await bench.comments.list(bench.owner, task.issue_id ?? '')
    assert.deepEqual(more, [])
    assert.equal(comment?.content, 'All done')
    assert.equal(comment?.author_type, 'agent')
    assert.equal(comment?.author_name, agent.name)
    assert.equal(comment?.type, 'comment')
    assert.equal(comment?.task_id, task.id)
    const stored = await bench.context.db.models.Comment.findByPk(comment?.id ?? '')
    assert.equal(stored?.workspace_id, bench.workspaceId)
    const types = (await bench.events()).slice(before).map((event) => event.type)
    assert.deepEqual(types, [
      'task:status',
      'task:completed',
      'agent:status',
      'comment:created',
      'activity:created',
    ])
    const timeline = await bench.comments.timeline(bench.owner, task.issue_id ?? '')
    assert.deepEqual(
      timeline.map((entry) => entry.action ?? entry.type),
      ['comment', 'task_completed'],
    )
  })

  test('secrets in what a run says at its end and on its way are masked once more', async () => {
    const secret = `ghp_${'aB3d'.repeat(9)}`
    const task = await started()
    const holder = () => bench.holder(task.id)
    await bench.runs.progress(await holder(), {summary: `With ${secret}`, step: 1, total: 2})
    const said = result(0, `The key is ${secret}.`)
    const done = await bench.runs.complete(await holder(), said)
    assert.match(done.result?.output ?? '', /^The key is ghp_\[masked:github-token\]\.$/)
    const again = await bench.runs.complete(await holder(), said)
    assert.deepEqual(again.result, done.result)

    const other = await started()
    const failed = await bench.runs.fail(await bench.holder(other.id), {error: `No ${secret}`})
    assert.match(failed.error ?? '', /^No ghp_\[masked:/)
    const {Comment, Event, Task} = bench.context.db.models
    const kept = [Comment, Event, Task].map((model) =>
      (model as typeof Comment).findAll({raw: true}),
    )
    assert.equal(JSON.stringify(await Promise.all(kept)).includes(secret), false)
  })

  test('a long result is cut in the comment only, between code points', async () => {
    const task = await started()
    const output = '😀'.repeat(MAX_RESULT_COMMENT_CHARACTERS + 500)
    const done = await bench.runs.complete(await bench.holder(task.id), result(0, output))
    assert.equal(done.result?.output, output)
    const [comment] = await bench.comments.list(bench.owner, task.issue_id ?? '')
    assert.ok(comment && comment.content.length < output.length)
    assert.ok(comment.content.isWellFormed())
    assert.match(comment.content, new RegExp(`transcript of run ${task.id}$`))
  })

  test('a failure is a comment of type system, and does not overwrite a success', async () => {
    const task = await started()
    const failed = await bench.runs.fail(await bench.holder(task.id), {
      error: 'the tests do not pass',
      reason: 'agent_error',
      session_id: 's-2',
      last_seq: 0,
    })
    assert.equal(failed.status, 'failed')
    assert.equal(failed.session_id, 's-2')
    assert.ok(failed.sealed_at)
    const [comment] = await bench.comments.list(bench.owner, task.issue_id ?? '')
    assert.equal(comment?.type, 'system')
    assert.equal(comment?.content, 'the tests do not pass')
    await assert.rejects(bench.runs.complete(await bench.holder(task.id), result(0)), {
      code: 'bad_state',
    })
    const other = await started()
    await bench.runs.complete(await bench.holder(other.id), result(0))
    await assert.rejects(bench.runs.fail(await bench.holder(other.id), {error: 'x'}), {
      code: 'bad_state',
      message: 'the task is completed',
    })
  })

  test('a task that was never started cannot be completed, but can fail', async () => {
    await bench.addTask(agent)
    const task = await bench.claimFor(runtime)
    await assert.rejects(bench.runs.complete(await bench.holder(task.id), result(0)), {
      code: 'bad_state',
    })
    const failed = await bench.runs.fail(await bench.holder(task.id), {reason: 'start_error'})
    assert.equal(failed.end_reason, 'start_error')
  })

  test('the token of an earlier claim is refused', async () => {
    await bench.addTask(agent)
    const first = await bench.claimFor(runtime)
    const stale = await bench.holder(first.id)
    bench.clock.move(CLAIM_REDELIVERY_MS + 1)
    await bench.claimFor(runtime)
    await assert.rejects(bench.runs.start(stale), {code: 'stale_claim'})
    assert.equal((await bench.runs.start(await bench.holder(first.id))).status, 'running')
  })

  test('cancel: a queued task is over at once, a running one when its worker says so', async () => {
    const queued = await bench.addTask(agent)
    const first = await bench.tasks.cancel(bench.owner, queued.id)
    assert.equal(first.status, 'cancelled')
    assert.equal(first.end_reason, 'cancelled_by_user')
    assert.ok(first.sealed_at && first.completed_at)

    const task = await started()
    await bench.addMessages(task.id, 1, 2)
    const cancelled = await bench.tasks.cancel(bench.owner, task.id)
    assert.equal(cancelled.status, 'cancelled')
    assert.equal(cancelled.sealed_at, null)
    await assert.rejects(bench.runs.complete(await bench.holder(task.id), result(2)), {
      code: 'bad_state',
    })
    await assert.rejects(bench.runs.cancelled(await bench.holder(task.id), {last_seq: 3}), {
      code: 'gap',
      details: {expected_seq: 3},
    })
    await bench.addMessages(task.id, 3, 3)
    const over = await bench.runs.cancelled(await bench.holder(task.id), {last_seq: 3})
    assert.ok(over.sealed_at)
    assert.equal(over.last_seq, 3)
    const twice = await bench.runs.cancelled(await bench.holder(task.id), {last_seq: 3})
    assert.equal(twice.sealed_at, over.sealed_at)
    assert.equal((await bench.tasks.cancel(bench.owner, task.id)).status, 'cancelled')
    const done = await started()
    await bench.runs.complete(await bench.holder(done.id), result(0))
    await assert.rejects(bench.tasks.cancel(bench.owner, done.id), {code: 'bad_state'})
  })

  test('progress is kept and told; usage is told when it changes', async () => {
    const task = await started()
    const before = (await bench.events()).length
    await bench.runs.progress(await bench.holder(task.id), {summary: 'Reading', step: 1, total: 2})
    const pin = {session_id: 's-3', work_dir: '/w', usage: usage(7)}
    await bench.runs.session(await bench.holder(task.id), pin)
    await bench.runs.session(await bench.holder(task.id), pin)
    const seen = await bench.tasks.get(bench.owner, task.id)
    assert.deepEqual(seen.progress, {summary: 'Reading', step: 1, total: 2})
    assert.equal(seen.session_id, 's-3')
    const types = (await bench.events()).slice(before).map((event) => event.type)
    assert.deepEqual(types, ['task:progress', 'task:status', 'agent:status'])
  })

  test('a task given up as lost is taken up again by its worker, unless another run has it', async () => {
    const task = await started()
    const lose = async () =>
      (await bench.row(task.id)).update({
        status: 'failed',
        end_reason: 'lost',
        completed_at: new Date(),
      })
    await lose()
    const done = await bench.runs.complete(await bench.holder(task.id), result(0))
    assert.equal(done.status, 'completed')
    assert.equal(done.error, null)

    const second = await started()
    const row = await bench.row(second.id)
    await row.update({status: 'failed', end_reason: 'lost', completed_at: new Date()})
    const again = await bench.context.db.transaction((tx) => takeUpAgain(bench.context, tx, row))
    assert.equal(again, true)
    assert.equal(row.status, 'running')
    await row.update({status: 'failed', end_reason: 'lost', completed_at: new Date()})
    await bench.addTask(agent, {issueId: second.issue_id ?? '', status: 'running'})
    await assert.rejects(bench.runs.complete(await bench.holder(second.id), result(0)), {
      code: 'stale_claim',
    })
  })

  test('a restart of the server in the middle changes nothing', async () => {
    const task = await started()
    await bench.addMessages(task.id, 1, 2)
    const restarted = createServices(await bench.reopen())
    const done = await restarted.runs.complete(await bench.holder(task.id), result(2))
    assert.equal(done.status, 'completed')
    assert.equal(done.last_seq, 2)
  })

  test('runs of a private agent are for those who may see it', async () => {
    const hidden = await bench.addAgent(runtime, {visibility: 'private', owner_id: bench.ownerId})
    const task = await bench.addTask(hidden)
    const member = await bench.addMember('member')
    await assert.rejects(bench.tasks.get(member, task.id), {code: 'not_found'})
    await assert.rejects(bench.tasks.cancel(member, task.id), {code: 'not_found'})
    const all = await bench.tasks.list(member, {limit: 50, offset: 0, agentId: hidden.id})
    assert.deepEqual(all, {tasks: [], total: 0})
    await bench.tasks.cancel(bench.owner, task.id)
    const told = (await bench.events('task:status')).filter(
      ({payload}) => payload.task_id === task.id,
    )
    assert.deepEqual(
      told.map((event) => event.agentId),
      [hidden.id],
    )
  })
})

const usage = (input: number) => ({
  model: 'm',
  input_tokens: input,
  output_tokens: null,
  cache_read_tokens: null,
  cache_write_tokens: null,
  cost_usd: null,
})
