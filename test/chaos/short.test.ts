import assert from 'node:assert/strict'
import {test} from 'node:test'
import {runChaos} from './run.js'

test('the fault suite, for a short while: nothing lost, repeated, out of order or stuck', async () => {
  const {violations, tasks, deliveries} = await runChaos({
    seed: '7',
    minutes: 0.35,
    database: 'sqlite',
    servers: 1,
    tasksAtOnce: 3,
    say: () => {},
  })
  assert.deepEqual(violations, [])
  assert.ok(tasks > 3 && deliveries > 1000, `${tasks} tasks, ${deliveries} deliveries`)
})
