import assert from 'node:assert/strict'
import {after, before, test} from 'node:test'
import {createRateLimitStore} from '../../server/http/rate-limit-store.js'
import {createServiceFixture, type ServiceFixture} from '../support/service-fixture.js'
import {describeOnBoth} from '../support/test-database.js'

describeOnBoth('counting attempts', (newDatabase) => {
  let fixture: ServiceFixture
  before(async () => {
    fixture = await createServiceFixture(await newDatabase())
  })
  after(() => fixture.close())

  test('two servers count together, and the count begins again after its time', async () => {
    let now = 1_000_000
    const context = {...fixture.context, now: () => new Date(now)}
    const [one, other] = [createRateLimitStore(context, 1000), createRateLimitStore(context, 1000)]
    const counts = await Promise.all(
      Array.from({length: 20}, (_, index) => (index % 2 ? one : other).increment('a')),
    )
    assert.deepEqual(
      counts.map(({totalHits}) => totalHits).sort((a, b) => a - b),
      Array.from({length: 20}, (_, index) => index + 1),
    )
    assert.equal((await one.increment('b')).totalHits, 1)
    assert.deepEqual(counts[0]?.resetTime, new Date(1_001_000))
    await one.decrement('a')
    assert.equal((await one.increment('a')).totalHits, 20)
    now += 1001
    assert.equal((await other.increment('a')).totalHits, 1)
    await one.resetKey('a')
    assert.equal((await other.increment('a')).totalHits, 1)
  })
})
