import assert from 'node:assert/strict'
import {test} from 'node:test'
import {watchInactivity} from '../../src/worker/inactivity.js'
import {StopRequest} from '../../src/worker/stop-request.js'

test('a clock that is set forwards ends no run', (t) => {
  const stop = new StopRequest()
  const limits = {
    inactivity_ms: 60_000,
    tool_inactivity_ms: 60_000,
    timeout_ms: 60_000,
    kill_grace_ms: 0,
  }
  t.mock.timers.enable({apis: ['setInterval']})
  const inactivity = watchInactivity(limits, () => false, stop)
  const real = Date.now
  t.mock.method(Date, 'now', () => real() + 3_600_000)
  t.mock.timers.tick(60_000)
  inactivity.stop()
  assert.equal(stop.reason, undefined)
})
