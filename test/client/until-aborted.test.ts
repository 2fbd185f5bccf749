import assert from 'node:assert/strict'
import {getEventListeners} from 'node:events'
import {type TestContext, test} from 'node:test'
import {followEvents} from '../../src/client/event-stream.js'
import {createHttpClient, NetworkError} from '../../src/client/http-client.js'
import {untilAborted} from '../../src/client/until-aborted.js'

const never = () => new Promise<never>(() => {})

test('what is done in time is passed on, and nothing listens to the signal any more', async () => {
  const {signal} = new AbortController()
  assert.equal(await untilAborted(Promise.resolve(7), signal), 7)
  await assert.rejects(untilAborted(Promise.reject(new Error('broken')), signal), /broken/)
  assert.equal(getEventListeners(signal, 'abort').length, 0)
})

test('what never ends is left with the reason of the signal', async () => {
  const stop = new AbortController()
  const waiting = untilAborted(never(), AbortSignal.any([stop.signal]))
  stop.abort(new Error('enough'))
  await assert.rejects(waiting, /enough/)
  await assert.rejects(untilAborted(never(), stop.signal), /enough/)
})

/** A fetch that forgets its call, or its answer, and does not listen to its signal (seen in the fault suite). */
const forget = (t: TestContext, response?: Partial<Response>) =>
  t.mock.method(globalThis, 'fetch', () => (response ? Promise.resolve(response) : never()))

test('a call that fetch forgets ends at its limit', async (t) => {
  const client = createHttpClient({serverUrl: 'http://127.0.0.1:9', timeoutMs: 50})
  const isLate = (error: unknown) =>
    error instanceof NetworkError && /no answer in time/.test(error.message)
  forget(t)
  await assert.rejects(client.request('GET', '/'), isLate)
  await assert.rejects(client.open('/'), isLate)
  t.mock.restoreAll()
  forget(t, {status: 200, text: never})
  await assert.rejects(client.request('GET', '/'), isLate)
})

test('a stream that fetch forgets is given up when it has been silent for too long', async (t) => {
  const headers = new Headers({'content-type': 'text/event-stream'})
  const silent = {status: 200, headers, body: new ReadableStream<Uint8Array>()}
  const fetch = forget(t, silent as Partial<Response>)
  const client = createHttpClient({serverUrl: 'http://127.0.0.1:9'})
  const stop = new AbortController()
  const stream = followEvents(client, '/stream', {
    signal: stop.signal,
    stallMs: 50,
    onState: ({state, error}) => {
      if (state !== 'waiting') return
      assert.match(String(error), /nothing was heard for 0.05 s/)
      stop.abort()
    },
  })
  assert.deepEqual(await stream.next(), {done: true, value: undefined})
  assert.equal(fetch.mock.callCount(), 1)
})
