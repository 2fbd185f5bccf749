import assert from 'node:assert/strict'
import {after, before, beforeEach, test} from 'node:test'
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
})
