import assert from 'node:assert/strict'
import {test} from 'node:test'
import {readServerConfig} from '../../server/config.js'
import {createLease} from '../../server/lease.js'
import {CLAIM_REDELIVERY_MS, LEASE_MS, RUNTIME_STALE_MS} from '../../src/protocol/limits.js'

test('a lease is what the protocol says unless MULTICA_LEASE says otherwise', () => {
  assert.equal(readServerConfig({}, {HOME: '/home/a'}).leaseMs, undefined)
  assert.equal(readServerConfig({}, {HOME: '/home/a', MULTICA_LEASE: '20s'}).leaseMs, 20_000)
  const usual = createLease()
  assert.deepEqual(
    [usual.workerMs, usual.runtimeMs, usual.redeliveryMs, usual.sweepMs],
    [LEASE_MS, RUNTIME_STALE_MS, CLAIM_REDELIVERY_MS, 30_000],
  )
})

test('the times that follow from a lease keep their proportion to it', () => {
  assert.deepEqual(createLease(20_000), {
    workerMs: 20_000,
    runtimeMs: 15_000,
    redeliveryMs: 20_000,
    sweepMs: 10_000,
  })
})

test('a lease that no daemon could keep is refused by name', () => {
  assert.throws(
    () => readServerConfig({}, {HOME: '/home/a', MULTICA_LEASE: '1s'}),
    /MULTICA_LEASE: 1s is too short/,
  )
})
