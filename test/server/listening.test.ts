import assert from 'node:assert/strict'
import {test} from 'node:test'
import {startListening} from '../../server/listening.js'

function startWith(t: {
  mock: import('node:test').TestContext['mock']
  after(fn: () => void): void
}) {
  t.mock.timers.enable({apis: ['setInterval']})
  const time = {up: 0, set: 0}
  const listening = startListening({
    now: () => new Date(1_000_000 + time.up + time.set),
    uptime: () => time.up,
    maxPauseMs: 5000,
  })
  t.after(() => listening.stop())
  const pass = (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      time.up += 1000
      t.mock.timers.tick(1000)
    }
  }
  return {time, listening, pass}
}

test('a server that runs listens for as long as it runs', (t) => {
  const {listening, pass} = startWith(t)
  pass(90)
  assert.equal(listening.forMs(), 90_000)
})

test('a server that was frozen begins to listen anew', (t) => {
  const {listening, pass, time} = startWith(t)
  pass(90)
  time.up += 30_000
  pass(1)
  assert.equal(listening.forMs(), 0)
  pass(20)
  assert.equal(listening.forMs(), 20_000)
})

test('a clock that was set, forwards or back, begins a new time of listening at once', (t) => {
  const {listening, pass, time} = startWith(t)
  for (const jump of [3_600_000, -3_600_000]) {
    pass(60)
    time.set += jump
    assert.equal(listening.forMs(), 0)
  }
})
