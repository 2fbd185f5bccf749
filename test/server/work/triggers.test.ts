import assert from 'node:assert/strict'
import {after, before, beforeEach, test} from 'node:test'
import type {Agent} from '../../../server/models/agent.js'
import type {IssueStatus} from '../../../src/protocol/issue.js'
import {describeOnBoth} from '../../support/test-database.js'
import {createWorkBench, type WorkBench} from '../../support/work-bench.js'

describeOnBoth('what puts an agent to work', (newDatabase) => {
  let bench: WorkBench
  let agent: Agent

  before(async () => {
    bench = await createWorkBench(await newDatabase())
  })
  after(() => bench.close())
  beforeEach(async () => {
    agent = await bench.addAgent(await bench.addRuntime())
  })

  const create = (status: IssueStatus, assignee: Agent | null = agent) =>
    bench.issues.create(bench.owner, {
      title: 'Find the fault',
      status,
      priority: 'high',
      assignee_type: assignee ? 'agent' : null,
      assignee_id: assignee?.id ?? null,
    })
  const tasksOf = async (issueId: string) =>
    (await bench.tasks.list(bench.owner, {issue: issueId, limit: 50, offset: 0})).tasks

  test('a new issue in todo with an agent, and no other status', async () => {
    const issue = await create('todo')
    const [task] = await tasksOf(issue.id)
    assert.equal(task?.id, issue.enqueued_task_id)
    assert.equal(task?.status, 'queued')
    assert.equal(task?.priority, 3)
    assert.equal(task?.issue_identifier, issue.identifier)
    assert.equal(task?.agent_name, 'claude')
    for (const status of ['backlog', 'in_progress', 'in_review', 'blocked'] as const) {
      const other = await create(status)
      assert.deepEqual(await tasksOf(other.id), [])
    }
  })

  test('not an agent whose trigger is off, and the answer says so', async () => {
    const quiet = await bench.addAgent(await bench.addRuntime(), {
      triggers: [
        {type: 'on_assign', enabled: false},
        {type: 'on_comment', enabled: true},
      ],
    })
    const issue = await create('todo', quiet)
    assert.equal(issue.enqueued_task_id, undefined)
    assert.match(issue.enqueue_error ?? '', /does not start on assign/)
    const comment = await bench.comments.create(bench.owner, issue.id, {content: 'Go on'})
    assert.ok(comment.enqueued_task_id)
  })

  test('a new assignee cancels the runs of the old one and starts', async () => {
    const issue = await create('todo')
    const next = await bench.addAgent(await bench.addRuntime(), {name: 'codex'})
    const update = await bench.issues.update(bench.owner, issue.identifier, {
      assignee_type: 'agent',
      assignee_id: next.id,
    })
    const tasks = await tasksOf(issue.id)
    assert.deepEqual(
      tasks.map((task) => [task.agent_id, task.status, task.end_reason]),
      [
        [next.id, 'queued', null],
        [agent.id, 'cancelled', 'reassigned'],
      ],
    )
    assert.equal(update.enqueued_task_id, tasks[0]?.id)
  })

  test('the same assignee again changes nothing', async () => {
    const issue = await create('todo')
    await bench.issues.update(bench.owner, issue.id, {
      assignee_type: 'agent',
      assignee_id: agent.id,
    })
    assert.deepEqual(
      (await tasksOf(issue.id)).map((task) => task.id),
      [issue.enqueued_task_id],
    )
  })

  test('taking the assignee away cancels a run that is under way', async () => {
    const issue = await create('todo')
    const task = await bench.row(issue.enqueued_task_id ?? '')
    await task.update({status: 'running', started_at: bench.clock.now()})
    await bench.issues.update(bench.owner, issue.id, {assignee_type: null, assignee_id: null})
    await task.reload()
    assert.equal(task.status, 'cancelled')
    assert.ok(task.completed_at)
    assert.equal(task.sealed_at, null, 'the worker has not acknowledged yet')
  })

  test('moving an assigned issue from backlog to todo', async () => {
    const issue = await create('backlog')
    const update = await bench.issues.update(bench.owner, issue.id, {status: 'todo'})
    assert.ok(update.enqueued_task_id)
    await bench.issues.update(bench.owner, issue.id, {status: 'backlog'})
    const again = await bench.issues.update(bench.owner, issue.id, {status: 'todo'})
    assert.equal(again.enqueued_task_id, undefined, 'a run is active')
    assert.equal((await tasksOf(issue.id)).length, 1)
  })

  test('closing an issue takes back what waits and leaves what runs', async () => {
    const running = await create('todo')
    await (await bench.row(running.enqueued_task_id ?? '')).update({status: 'running'})
    const waiting = await create('todo')
    for (const issue of [running, waiting]) {
      await bench.issues.update(bench.owner, issue.id, {status: 'done'})
    }
    assert.equal((await tasksOf(running.id))[0]?.status, 'running')
    assert.equal((await tasksOf(waiting.id))[0]?.end_reason, 'issue_closed')
  })

  test('a comment of a member: one waiting run at most, a running one may have a follower', async () => {
    const issue = await create('backlog')
    const say = () => bench.comments.create(bench.owner, issue.id, {content: 'And this?'})
    const first = await say()
    const second = await say()
    assert.ok(first.enqueued_task_id)
    assert.equal(second.enqueued_task_id, first.enqueued_task_id)
    await (await bench.row(first.enqueued_task_id ?? '')).update({status: 'running'})
    const third = await say()
    assert.notEqual(third.enqueued_task_id, first.enqueued_task_id)
    assert.equal((await tasksOf(issue.id)).length, 2)
  })

  test('20 comments at once enqueue one run', async () => {
    const issue = await create('backlog')
    const answers = await Promise.all(
      Array.from({length: 20}, () =>
        bench.comments.create(bench.owner, issue.id, {content: 'Hey'}),
      ),
    )
    assert.equal(new Set(answers.map((comment) => comment.enqueued_task_id)).size, 1)
    assert.equal((await tasksOf(issue.id)).length, 1)
  })

  test('no comment of an agent, and none on a closed issue', async () => {
    const issue = await create('backlog')
    const asAgent = {...bench.owner, actor: {type: 'agent' as const, id: agent.id}}
    const comment = await bench.comments.create(asAgent, issue.id, {content: 'Done'})
    assert.equal(comment.author_name, 'claude')
    await bench.issues.update(bench.owner, issue.id, {status: 'done'})
    await bench.comments.create(bench.owner, issue.id, {content: 'Thanks'})
    assert.deepEqual(await tasksOf(issue.id), [])
  })

  test('a comment between claim and start gets a follower when the run starts', async () => {
    const issue = await create('todo')
    const runtime = await bench.context.db.models.Runtime.findByPk(agent.runtime_id)
    assert.ok(runtime)
    const claimed = await bench.claimFor(runtime)
    await bench.comments.create(bench.owner, issue.id, {content: 'One more thing'})
    assert.equal((await tasksOf(issue.id)).length, 1)
    await bench.runs.start(await bench.holder(claimed.id))
    assert.deepEqual(
      (await tasksOf(issue.id)).map((task) => task.status),
      ['queued', 'running'],
    )
  })

  test('deleting the issue ends its runs and tells so, and a second delete finds nothing', async () => {
    const issue = await create('todo')
    await bench.issues.remove(bench.owner, issue.identifier.toLowerCase())
    const told = (await bench.events('task:status')).filter(
      ({payload}) => payload.task_id === issue.enqueued_task_id,
    )
    assert.equal(told.at(-1)?.payload.status, 'cancelled')
    assert.equal(told.at(-1)?.payload.end_reason, 'issue_deleted')
    assert.equal((await bench.events()).at(-1)?.type, 'issue:deleted')
    await assert.rejects(bench.issues.remove(bench.owner, issue.identifier), {code: 'not_found'})
  })

  test('the cause is told before what follows from it', async () => {
    const before = (await bench.events()).length
    await create('todo')
    const types = (await bench.events()).slice(before).map((event) => event.type)
    assert.deepEqual(types, ['issue:created', 'activity:created', 'task:status'])
  })
})
