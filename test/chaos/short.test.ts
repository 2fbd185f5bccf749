import assert from 'node:assert/strict'
import {test} from 'node:test'
import {runChaos} from './run.js'

test('the fault suite, for a short while: nothing lost, repeated, untrue, stuck or left behind (fault A26)', async () => {
  const {violations, tasks, deliveries} = await runChaos({
    seed: '7',
    minutes: 0.6,
    database: 'sqlite',
    servers: 1,
    tasksAtOnce: 3,
    isShort: true,
    say: () => {},
  })
  assert.deepEqual(violations, [])
  assert.ok(tasks > 3 && deliveries > 1000, `${tasks} tasks, ${deliveries} deliveries`)
})
