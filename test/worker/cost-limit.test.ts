import assert from 'node:assert/strict'
import {after, before, describe, test} from 'node:test'
import {startWorkerBench, type WorkerBench} from '../support/worker-bench.js'

/** Uses a hundred thousand tokens every few moments, and would never end. */
const spender = (cost: string) => `
  let times = 0
  setInterval(() => {
    times++
    console.log(JSON.stringify({type: 'usage', usage: {
      input_tokens: times * 100_000, output_tokens: times * 1000, cost_usd: ${cost},
    }}))
  }, 20)`

describe('the cost limit of a run', () => {
  let bench: WorkerBench
  before(async () => {
    bench = await startWorkerBench()
  })
  after(() => bench.stop())

  test('ends it when the agent reports that it has cost as much', async () => {
    const run = await bench.run({agent: spender('times * 0.4'), issue: {max_cost_usd: 1}})
    await run.toEnd()
    const task = await run.task()
    assert.deepEqual([task.status, task.end_reason, task.max_cost_usd], ['failed', 'cost_limit', 1])
    assert.match(task.error, /^the run reached its cost limit of \$1\.00 \(it has used \$1\.20\)$/)
    assert.ok(task.usage.cost_usd >= 1, 'its usage is stored')
  })

  test('counts all kinds of tokens by the prices that the user has set (fault N5)', async () => {
    const run = await bench.run({
      agent: spender('null'),
      issue: {max_cost_usd: 0.5},
      settings: {prices: {input: 1, output: 10}},
    })
    await run.toEnd()
    const task = await run.task()
    assert.equal(task.end_reason, 'cost_limit')
    const {input_tokens, output_tokens, cost_usd, estimated} = task.usage
    assert.equal(estimated, true)
    assert.ok(Math.abs(cost_usd - (input_tokens + output_tokens * 10) / 1e6) < 1e-9)
  })

  test('says so when the agent reports no costs, and then ends nothing', async () => {
    const run = await bench.run({
      agent: `
        for (const input_tokens of [10, 20])
          console.log(JSON.stringify({type: 'usage', usage: {input_tokens}}))
        console.log('done')`,
      issue: {max_cost_usd: 0.01},
    })
    await run.toEnd()
    const task = await run.task()
    assert.deepEqual([task.status, task.usage.cost_usd], ['completed', null])
    const told = (await run.messages()).filter(({content}) => content?.includes('does not report'))
    assert.equal(told.length, 1)
  })

  test('is handed to an agent that knows its costs itself, and its stop has the reason', async () => {
    const run = await bench.run({
      agent: `
        const limit = process.argv[process.argv.indexOf('--max-budget-usd') + 1]
        const say = (event) => console.log(JSON.stringify(event))
        console.log('limit ' + limit)
        say({type: 'system', subtype: 'init', session_id: 's'})
        say({type: 'result', subtype: 'error_max_budget_usd', is_error: true, errors: ['over'],
          total_cost_usd: 2.6, modelUsage: {opus: {inputTokens: 5, outputTokens: 6, costUSD: 2.6}}})`,
      settings: {type: 'claude'},
      issue: {max_cost_usd: 2.5},
    })
    await run.toEnd()
    const task = await run.task()
    assert.deepEqual([task.status, task.end_reason], ['failed', 'cost_limit'])
    assert.match(task.error, /cost limit of \$2\.50 \(it has used \$2\.60\)/)
    assert.ok((await run.messages()).some(({content}) => content === 'limit 2.5'))
  })
})
