import assert from 'node:assert/strict'
import {after, before, test} from 'node:test'
import type {ServerContext} from '../../../server/context.js'
import type {Agent} from '../../../server/models/agent.js'
import {createServices, type Services} from '../../../server/services.js'
import {startSweeper} from '../../../server/sweeper.js'
import {AppError} from '../../../src/errors.js'
import type {ClaimedTask} from '../../../src/protocol/task.js'
import {describeOnBoth} from '../../support/test-database.js'
import {createWorkBench, type WorkBench} from '../../support/work-bench.js'

/** What parallel callers may be told; anything else, a deadlock above all, is a fault. */
const EXPECTED = ['bad_state', 'stale_claim', 'not_found']

describeOnBoth('everything at once', (newDatabase) => {
  let bench: WorkBench
  /** Services of two servers on one Postgres; SQLite has one server only. */
  let servers: Services[]
  let contexts: ServerContext[]

  before(async () => {
    const database = await newDatabase()
    bench = await createWorkBench(database)
    const isPostgres = database.dialect === 'postgres'
    contexts = [bench.context, isPostgres ? await bench.reopen() : bench.context]
    servers = [bench, isPostgres ? createServices(contexts[1] as ServerContext) : bench]
  })
  after(() => bench.close())

  const tolerant = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof AppError && EXPECTED.includes(error.code))) throw error
    }
  }
  const server = (index: number): Services => servers[index % servers.length] as Services

  test('claims, ends, comments, changes, cancels and sweeps leave everything in order', async () => {
    const runtimes = [await bench.addRuntime(), await bench.addRuntime()]
    const agents: Agent[] = []
    for (const runtime of runtimes) {
      agents.push(await bench.addAgent(runtime, {max_concurrent_tasks: 3}))
    }
    const issues = await Promise.all(
      Array.from({length: 12}, (_, i) =>
        server(i).issues.create(bench.owner, {
          title: `Issue ${i}`,
          status: 'todo',
          assignee_type: 'agent',
          assignee_id: agents[i % 2]?.id ?? '',
        }),
      ),
    )
    assert.equal(new Set(issues.map((issue) => issue.number)).size, 12)

    const overLimit: string[] = []
    const finish = async (services: Services, task: ClaimedTask, round: number) => {
      const holder = await bench.holder(task.id)
      await services.runs.start(holder)
      const active = await bench.context.db.models.Task.count({
        where: {agent_id: task.agent_id, status: ['dispatched', 'running']},
      })
      if (active > 3) overLimit.push(task.agent_id)
      if (round % 3 === 0) await services.tasks.cancel(bench.owner, task.id)
      else if (round % 3 === 1) await services.runs.complete(holder, {output: 'ok', last_seq: 0})
      else await services.runs.fail(holder, {error: 'no', last_seq: 0})
    }
    const worker = async (index: number) => {
      for (let round = 0; round < 6; round++) {
        const services = server(index)
        const runtimeId = runtimes[index % 2]?.id ?? ''
        await tolerant(async () => {
          const task = await services.claims.claim(bench.ownerId, runtimeId)
          if (task) await finish(services, task, round)
        })
      }
    }
    const person = async (index: number) => {
      for (let round = 0; round < 4; round++) {
        const issue = issues[(index + round) % issues.length]?.id ?? ''
        const services = server(index + round)
        await tolerant(() => services.comments.create(bench.owner, issue, {content: 'Go on'}))
        const next = agents[round % 2]?.id ?? ''
        await tolerant(() =>
          services.issues.update(bench.owner, issue, {
            priority: round % 2 ? 'high' : 'low',
            ...(index % 4 === 0 && {assignee_type: 'agent' as const, assignee_id: next}),
          }),
        )
      }
    }
    const sweepers = contexts.map((context, index) =>
      startSweeper(context, server(index).ending, {intervalMs: 86_400_000}),
    )
    await Promise.all([
      ...Array.from({length: 8}, (_, i) => worker(i)),
      ...Array.from({length: 8}, (_, i) => person(i)),
      ...Array.from({length: 6}, (_, i) => sweepers[i % 2]?.sweep()),
    ])
    await Promise.all(sweepers.map((sweeper) => sweeper.stop()))
    assert.deepEqual(overLimit, [])
    await assertInOrder()
  })

  async function assertInOrder(): Promise<void> {
    const {Event, Task, Comment} = bench.context.db.models
    const numbers = (await Event.findAll({order: [['seq', 'ASC']]})).map((event) => event.seq)
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => index + 1),
      'events are numbered without a gap',
    )
    const told = new Map<string, unknown>()
    for (const {payload} of await bench.events('task:status')) {
      told.set(String(payload.task_id), payload.status)
    }
    const tasks = await Task.findAll()
    assert.ok(tasks.some((task) => task.status === 'completed'))
    for (const task of tasks) {
      assert.equal(told.get(task.id), task.status, 'the last event tells the status')
      const comments = await Comment.count({where: {task_id: task.id}})
      const reports = task.status === 'completed' || task.status === 'failed'
      assert.equal(comments, reports ? 1 : 0)
    }
  }
})
