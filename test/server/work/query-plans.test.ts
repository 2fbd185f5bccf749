import assert from 'node:assert/strict'
import {after, before, test} from 'node:test'
import {type Options, QueryTypes} from 'sequelize'
import {startSweeper} from '../../../server/sweeper.js'
import {newId} from '../../../src/ids.js'
import {LEASE_MS} from '../../../src/protocol/limits.js'
import {describeOnBoth} from '../../support/test-database.js'
import {createWorkBench, type WorkBench} from '../../support/work-bench.js'

/** fault J2: with a long history, what runs often must not read it. */
describeOnBoth('query plans', (newDatabase) => {
  let bench: WorkBench
  const statements: string[] = []

  before(async () => {
    bench = await createWorkBench(await newDatabase())
    const agent = await bench.addAgent(await bench.addRuntime())
    const issue = await bench.addIssue()
    const at = bench.clock.now()
    await bench.context.db.models.Task.bulkCreate(
      Array.from({length: 5000}, () => ({
        id: newId(),
        workspace_id: bench.workspaceId,
        agent_id: agent.id,
        runtime_id: agent.runtime_id,
        issue_id: issue.id,
        status: 'completed' as const,
        sealed_at: at,
        completed_at: at,
        created_at: at,
      })),
    )
    await bench.context.db.sequelize.query('ANALYZE')
    const {options} = bench.context.db.sequelize as unknown as {options: Options}
    options.logging = (sql) => statements.push(sql)
  })
  after(() => bench.close())

  /** Statements on the task table that a piece of work makes, without what comes before the SQL. */
  const statementsOf = async (work: () => Promise<unknown>): Promise<string[]> => {
    statements.length = 0
    await work()
    return statements
      .map((line) => line.replace(/^Executing \([^)]*\): /, ''))
      .filter((sql) => /^SELECT/.test(sql) && sql.includes('agent_task_queue'))
  }

  const planOf = async (sql: string): Promise<string> => {
    const explain = bench.context.db.dialect === 'sqlite' ? 'EXPLAIN QUERY PLAN' : 'EXPLAIN'
    const rows = await bench.context.db.sequelize.query<Record<string, unknown>>(
      `${explain} ${sql}`,
      {type: QueryTypes.SELECT, logging: false},
    )
    return rows.map((row) => row.detail ?? row['QUERY PLAN']).join('\n')
  }

  const assertNoScan = async (work: () => Promise<unknown>): Promise<void> => {
    const all = await statementsOf(work)
    assert.ok(all.length > 0, 'no statement was seen')
    for (const sql of all) {
      const plan = await planOf(sql)
      assert.doesNotMatch(
        plan,
        /Seq Scan on agent_task_queue|SCAN (t|b|agent_task_queue|Task|`Task`)(?! USING)/,
        `${sql}\n${plan}`,
      )
    }
  }

  test('an idle claim reads no history (fault J2)', async () => {
    const runtime = await bench.addRuntime()
    await assertNoScan(() => bench.claims.claim(bench.ownerId, runtime.id))
  })

  test('a round of the sweeper reads no history (fault J2)', async () => {
    const sweeper = startSweeper(bench.context, bench.ending)
    bench.clock.move(2 * LEASE_MS)
    await assertNoScan(() => sweeper.sweep())
    await sweeper.stop()
  })

  test('the waiting and the active task of an issue are found by index', async () => {
    const issue = await bench.addIssue()
    await assertNoScan(() => bench.tasks.active(bench.owner, issue.id))
    const agent = await bench.addAgent(await bench.addRuntime())
    await issue.update({assignee_type: 'agent', assignee_id: agent.id})
    await assertNoScan(() => bench.comments.create(bench.owner, issue.id, {content: 'Hello'}))
  })
})
