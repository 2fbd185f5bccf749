import assert from 'node:assert/strict'
import {after, before, beforeEach, describe, test} from 'node:test'
import {setTimeout} from 'node:timers/promises'
import type {Agent} from '../../../server/models/agent.js'
import type {Runtime} from '../../../server/models/runtime.js'
import type {Task as TaskRow} from '../../../server/models/task.js'
import type {ClaimedTask, EndReason} from '../../../src/protocol/task.js'
import {describeOnBoth} from '../../support/test-database.js'
import {createWorkBench, type WorkBench} from '../../support/work-bench.js'

describeOnBoth('retries', (newDatabase) => {
  let bench: WorkBench
  let runtime: Runtime
  let agent: Agent
  let issueId: string

  before(async () => {
    bench = await createWorkBench(await newDatabase())
  })
  after(() => bench.close())
  beforeEach(async () => {
    runtime = await bench.addRuntime()
    agent = await bench.addAgent(runtime)
    const issue = await bench.addIssue({assignee_type: 'agent', assignee_id: agent.id})
    issueId = issue.id
    await bench.addTask(agent, {issueId})
  })

  /** Claims what waits and lets it begin a session. */
  const begin = async (session: string): Promise<ClaimedTask> => {
    const task = await bench.claimFor(runtime)
    await bench.runs.start(await bench.holder(task.id))
    await bench.runs.session(await bench.holder(task.id), {session_id: session, work_dir: '/w'})
    return task
  }
  const fail = async (id: string, reason: EndReason) =>
    bench.runs.fail(await bench.holder(id), {error: 'gone', reason, last_seq: 0})
  const tasksOf = (issue: string): Promise<TaskRow[]> =>
    bench.context.db.models.Task.findAll({
      where: {issue_id: issue},
      order: [['attempt', 'ASC']],
    })

  test('a run that is lost with its worker is tried again twice, in its session (fault A2)', async () => {
    const first = await begin('s1')
    await fail(first.id, 'worker_lost')
    const second = await begin('s2')
    assert.deepEqual([second.attempt, second.parent_task_id], [2, first.id])
    assert.equal(second.prior_session_id, 's1')
    await fail(second.id, 'worker_lost')
    const third = await begin('s3')
    assert.deepEqual([third.attempt, third.prior_session_id], [3, 's2'])
    await fail(third.id, 'worker_lost')
    assert.equal((await tasksOf(issueId)).length, 3)
    const comments = (await bench.comments.list(bench.owner, issueId)).map(({content}) => content)
    assert.deepEqual(comments, [
      'gone; trying again (attempt 2 of 3)',
      'gone; trying again (attempt 3 of 3)',
      'gone',
    ])
    const told = (await bench.events('task:status')).map(({payload}) => payload)
    assert.ok(told.some(({task_id, status}) => task_id === second.id && status === 'queued'))
  })

  for (const reason of ['agent_error', 'inactive', 'stopped', 'no_end_mark'] as const) {
    test(`a run that ended with ${reason} is not`, async () => {
      await fail((await begin('s')).id, reason)
      assert.equal((await tasksOf(issueId)).length, 1)
    })
  }

  test('nor one whose issue is closed or belongs to somebody else by now', async () => {
    const task = await begin('s')
    await bench.context.db.models.Issue.update({assignee_id: null}, {where: {id: issueId}})
    await fail(task.id, 'worker_lost')
    assert.equal((await tasksOf(issueId)).length, 1)
  })

  test('a person may retry whatever has ended: afresh, or in the old session', async () => {
    const first = await begin('s1')
    await assert.rejects(bench.tasks.retry(bench.owner, first.id, {resume: false}), /is running/)
    await bench.runs.complete(await bench.holder(first.id), {output: 'wrong', last_seq: 0})
    const again = await bench.tasks.retry(bench.owner, first.id, {resume: false})
    assert.deepEqual([again.status, again.attempt], ['queued', 2])
    await assert.rejects(bench.tasks.retry(bench.owner, first.id, {resume: true}), /waits already/)
    const second = await begin('s2')
    assert.deepEqual([second.id, second.prior_session_id], [again.id, undefined])
    await fail(second.id, 'agent_error')
    await bench.tasks.retry(bench.owner, second.id, {resume: true})
    assert.equal((await begin('s3')).prior_session_id, 's2')
  })

  describe('a lost run whose worker comes back', () => {
    /** A run that is lost, and the retry of it that a person has asked for. */
    const lostWithRetry = async () => {
      const lost = await begin('s1')
      await (await bench.row(lost.id)).update({
        status: 'failed',
        end_reason: 'lost',
        completed_at: bench.context.now(),
      })
      return {lost, retry: await bench.tasks.retry(bench.owner, lost.id, {resume: true})}
    }
    const done = async (id: string) =>
      bench.runs.complete(await bench.holder(id), {output: 'done', last_seq: 0})

    test('goes on, and the retry that waits is cancelled', async () => {
      const {lost, retry} = await lostWithRetry()
      assert.equal((await done(lost.id)).status, 'completed')
      const {status, end_reason, sealed_at} = await bench.row(retry.id)
      assert.deepEqual([status, end_reason, sealed_at !== null], ['cancelled', 'superseded', true])
      assert.equal((await tasksOf(issueId)).length, 2)
      await assert.rejects(bench.claimFor(runtime), /nothing to claim/)
    })

    test('what was said to the retry is answered after it', async () => {
      const {lost, retry} = await lostWithRetry()
      await bench.comments.create(bench.owner, issueId, {content: 'And the tests?'})
      await done(lost.id)
      const waiting = (await tasksOf(issueId)).filter(({status}) => status === 'queued')
      assert.equal(waiting.length, 1)
      assert.notEqual(waiting[0]?.id, retry.id)
    })

    test('goes on after a retry that was cancelled before it was claimed, and not after one that was', async () => {
      const first = await lostWithRetry()
      await bench.tasks.cancel(bench.owner, first.retry.id)
      assert.equal((await done(first.lost.id)).status, 'completed')
    })

    test('not when the retry has been claimed, however that went', async () => {
      const {lost, retry} = await lostWithRetry()
      assert.equal((await bench.claimFor(runtime)).id, retry.id)
      await bench.tasks.cancel(bench.owner, retry.id)
      await assert.rejects(done(lost.id), {code: 'stale_claim'})
    })

    test('not when the retry is being claimed just now', async () => {
      const {lost, retry} = await lostWithRetry()
      const {db} = bench.context
      const row = await bench.row(retry.id)
      let locked = () => {}
      const isLocked = new Promise<void>((resolve) => (locked = resolve))
      const claim = db.transaction(async (tx) => {
        await db.models.Agent.findByPk(row.agent_id, {
          transaction: tx,
          lock: tx.LOCK.NO_KEY_UPDATE,
        })
        locked()
        await setTimeout(200)
        await row.update(
          {status: 'dispatched', dispatched_at: bench.context.now()},
          {transaction: tx},
        )
      })
      await isLocked
      await assert.rejects(done(lost.id), {code: 'stale_claim'})
      await claim
      assert.equal((await bench.row(retry.id)).status, 'dispatched')
    })
  })
})
