import assert from 'node:assert/strict'
import {test} from 'node:test'
import {type ClaimLoop, retryMs, runClaimLoop} from '../../src/daemon/claim-loop.js'
import {type Slot, Slots} from '../../src/daemon/slots.js'
import {runtimeToWake} from '../../src/daemon/wake-up-stream.js'
import {Wakeup} from '../../src/daemon/wakeup.js'
import {silentLog} from '../../src/log.js'
import type {ClaimedTask} from '../../src/protocol/task.js'
import {until} from '../support/until.js'

interface Harness {
  queue: string[]
  started: string[]
  held: Map<string, Slot>
  wakeup: Wakeup
  claims: number
  run(): Promise<void>
  stop(): void
}

function harness(slots: Slots, change: Partial<ClaimLoop> = {}): Harness {
  const abort = new AbortController()
  const wakeup = new Wakeup()
  const h: Harness = {
    queue: [],
    started: [],
    held: new Map(),
    wakeup,
    claims: 0,
    run: () =>
      runClaimLoop({
        wakeup,
        slots,
        claim: async () => {
          h.claims++
          const id = h.queue.shift()
          return id === undefined ? null : ({id} as ClaimedTask)
        },
        onTask: ({id}, slot) => {
          h.started.push(id)
          h.held.set(id, slot)
        },
        onError: () => {},
        pollMs: () => 1e6,
        signal: abort.signal,
        log: silentLog,
        ...change,
      }),
    stop: () => abort.abort(),
  }
  return h
}

test('takes all that is there, up to the capacity, and goes on when a slot is freed', async () => {
  const h = harness(new Slots(2))
  h.queue.push('a', 'b', 'c')
  const done = h.run()
  await until('two run', () => h.started.length === 2)
  assert.deepEqual(h.queue, ['c'])
  h.held.get('a')?.release()
  await until('the third runs', () => h.started.length === 3)
  h.stop()
  await done
})

test('a wake-up that comes during a claim is not lost (fault B20)', async () => {
  let answer: (task: ClaimedTask | null) => void = () => {}
  const answers: (ClaimedTask | null)[] = []
  const h = harness(new Slots(1), {
    claim: () =>
      new Promise((resolve) => {
        answer = (task) => {
          answers.push(task)
          answer = () => {}
          resolve(task)
        }
      }),
  })
  const done = h.run()
  await until('it claims', () => answer.length === 1)
  h.wakeup.wake()
  answer(null)
  await until('it claims again at once', () => answer.length === 1)
  answer({id: 'x'} as ClaimedTask)
  assert.deepEqual(h.started.length + answers.length, 2)
  h.stop()
  h.held.get('x')?.release()
  await done
})

test('an idle runtime asks again when it is woken, and only then', async () => {
  const h = harness(new Slots(1))
  const done = h.run()
  await until('it has asked once', () => h.claims === 1)
  h.queue.push('a')
  h.wakeup.wake()
  await until('it runs', () => h.started.length === 1)
  assert.equal(h.claims, 2)
  h.stop()
  await done
})

test('a failed claim gives its slot back and is tried again', async () => {
  const slots = new Slots(1)
  const errors: unknown[] = []
  let fail = true
  const h = harness(slots, {
    claim: async () => {
      if (fail) throw new Error('down')
      return {id: 'a'} as ClaimedTask
    },
    onError: (error) => errors.push(error),
  })
  const done = h.run()
  await until('it failed', () => errors.length === 1)
  await until('the slot is free', () => slots.used === 0)
  fail = false
  h.wakeup.wake()
  await until('it runs', () => h.started.length === 1)
  h.stop()
  await done
})

test('two runtimes share one slot in turn', async () => {
  const slots = new Slots(1)
  const a = harness(slots)
  const b = harness(slots)
  a.queue.push('a1', 'a2')
  b.queue.push('b1')
  const done = [a.run(), b.run()]
  await until('a1 runs', () => a.started.length === 1)
  a.held.get('a1')?.release()
  await until('b1 runs', () => b.started.length === 1)
  assert.deepEqual(a.started, ['a1'])
  b.held.get('b1')?.release()
  await until('a2 runs', () => a.started.length === 2)
  a.stop()
  b.stop()
  a.held.get('a2')?.release()
  await Promise.all(done)
})

test('delays between tries grow to half a minute and differ', () => {
  for (let failures = 1; failures < 40; failures++) {
    const base = Math.min(30_000, 1000 * 2 ** (failures - 1))
    const ms = retryMs(failures)
    assert.ok(ms >= base * 0.8 && ms <= base * 1.2, `${failures}: ${ms}`)
  }
  assert.ok(new Set(Array.from({length: 20}, () => retryMs(3))).size > 1)
})

test('an event wakes its runtime when a task was queued or has made room', () => {
  const wake = (status: string) => runtimeToWake(JSON.stringify({status, runtime_id: 'r'}))
  for (const status of ['queued', 'completed', 'failed', 'cancelled'])
    assert.equal(wake(status), 'r')
  for (const status of ['dispatched', 'running']) assert.equal(wake(status), undefined)
  for (const text of ['', '{', 'null', '[]', '7', '{"status":"queued"}', '{"runtime_id":7}']) {
    assert.equal(runtimeToWake(text), undefined)
  }
})
