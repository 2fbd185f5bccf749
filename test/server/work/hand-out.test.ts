import assert from 'node:assert/strict'
import {after, before, beforeEach, test} from 'node:test'
import type {Agent} from '../../../server/models/agent.js'
import type {Runtime} from '../../../server/models/runtime.js'
import type {ClaimedTask} from '../../../src/protocol/task.js'
import {describeOnBoth} from '../../support/test-database.js'
import {createWorkBench, type WorkBench} from '../../support/work-bench.js'

describeOnBoth('what a claim hands out', (newDatabase) => {
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

  test('the next run gets the session where it lives, and the comments nobody has answered', async () => {
    const task = await started()
    const issueId = task.issue_id ?? ''
    await bench.runs.session(await bench.holder(task.id), {session_id: 's-4', work_dir: '/home/w'})
    const comment = await bench.comments.create(bench.owner, issueId, {content: 'Also this'})
    await bench.runs.fail(await bench.holder(task.id), {error: 'broken', last_seq: 0})
    await bench.addTask(agent, {issueId})
    const next = await bench.claimFor(runtime)
    assert.equal(next.prior_session_id, 's-4')
    assert.equal(next.prior_work_dir, '/home/w')
    assert.deepEqual(next.comment_ids, [comment.id])
    assert.equal(next.agent?.name, agent.name)

    await bench.runs.fail(await bench.holder(next.id), {error: 'broken', last_seq: 0})
    const elsewhere = await bench.addRuntime()
    await bench.addTask(agent, {issueId, runtimeId: elsewhere.id})
    const moved = await bench.claimFor(elsewhere)
    assert.equal(moved.prior_session_id, undefined)
    assert.equal(moved.prior_work_dir, undefined)
  })

  test('a claim carries skills with their files, and the repositories', async () => {
    const {Workspace} = bench.context.db.models
    const repos = [{url: 'https://example.org/app.git', description: 'The app'}]
    await Workspace.update({repos}, {where: {id: bench.workspaceId}})
    const files = [
      {path: 'b.md', content: 'B'},
      {path: 'a/c.md', content: 'C'},
    ]
    const skills = [
      await bench.skills.create(bench.owner, {name: 'review', content: 'Look twice', files}),
      await bench.skills.create(bench.owner, {name: 'build', content: 'Run make'}),
    ]
    const ids = skills.map((skill) => skill.id)
    await bench.agents.setSkills(bench.owner, agent.id, ids)
    await agent.update({instructions: 'Be brief'})
    await bench.addTask(agent)
    const task = await bench.claimFor(runtime)
    assert.deepEqual(task.repos, repos)
    assert.deepEqual(task.agent, {
      id: agent.id,
      name: agent.name,
      instructions: 'Be brief',
      skills: [
        {name: 'build', content: 'Run make'},
        {
          name: 'review',
          content: 'Look twice',
          files: [
            {path: 'a/c.md', content: 'C'},
            {path: 'b.md', content: 'B'},
          ],
        },
      ],
    })
    const told = (await bench.events('agent:status')).at(-1)
    const {skills: inEvent} = (told?.payload.agent ?? {}) as {skills?: unknown}
    assert.deepEqual(inEvent, [], 'what may be long is not told at every change of status')
  })

  test('an original daemon: not sealed at once, and a dead session is not tried twice', async () => {
    runtime = await bench.addRuntime({taskTokens: false})
    agent = await bench.addAgent(runtime)
    const task = await started()
    const done = await bench.runs.complete(await bench.holder(task.id, false), {
      output: 'ok',
      session_id: 's-5',
      work_dir: '/w',
    })
    assert.equal(done.sealed_at, null)
    await bench.addTask(agent, {issueId: task.issue_id ?? ''})
    const next = await bench.claimFor(runtime)
    assert.equal(next.prior_session_id, 's-5')
    await bench.runs.start(await bench.holder(next.id))
    await bench.runs.fail(await bench.holder(next.id, false), {error: 'no such session'})
    await bench.addTask(agent, {issueId: task.issue_id ?? ''})
    assert.equal((await bench.claimFor(runtime)).prior_session_id, undefined)
  })
})
