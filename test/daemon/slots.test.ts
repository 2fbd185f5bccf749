import assert from 'node:assert/strict'
import {test} from 'node:test'
import {Slots} from '../../src/daemon/slots.js'

const never = new AbortController().signal

test('a freed slot goes to the one who has waited longest', async () => {
  const slots = new Slots(1)
  const first = await slots.take(never)
  const order: string[] = []
  const second = slots.take(never).then((slot) => {
    order.push('second')
    slot?.release()
  })
  const third = slots.take(never).then((slot) => {
    order.push('third')
    slot?.release()
  })
  assert.deepEqual(order, [])
  first?.release()
  await Promise.all([second, third])
  assert.deepEqual(order, ['second', 'third'])
  assert.equal(slots.used, 0)
})

test('a slot that is released twice is given back once', async () => {
  const slots = new Slots(2)
  const slot = await slots.take(never)
  await slots.take(never)
  slot?.release()
  slot?.release()
  assert.equal(slots.used, 1)
})

test('workers that live already count, also beyond the capacity', async () => {
  const slots = new Slots(1)
  const adopted = [slots.force(), slots.force()]
  let given = false
  const waiting = slots.take(never).then(() => {
    given = true
  })
  adopted[0]?.release()
  await new Promise(setImmediate)
  assert.equal(given, false)
  adopted[1]?.release()
  await waiting
  assert.equal(slots.used, 1)
})

test('one who stops waiting takes no slot', async () => {
  const slots = new Slots(1)
  const held = slots.force()
  const stop = new AbortController()
  const waiting = slots.take(stop.signal)
  stop.abort()
  assert.equal(await waiting, undefined)
  held.release()
  assert.equal(slots.used, 0)
  assert.equal(await slots.take(stop.signal), undefined)
})
