import assert from 'node:assert/strict'
import {afterEach, describe, it} from 'node:test'
import {createApi} from '../../src/client/api.js'
import {ApiError, createHttpClient, NetworkError} from '../../src/client/http-client.js'
import {parseRetryAfter} from '../../src/client/http-error.js'
import {isRefused, isTransient, nextDelay} from '../../src/client/retry.js'
import {withSafeRetries} from '../../src/client/safe-retries.js'
import {
  answering,
  deadUrl,
  type FaultyServer,
  type Handler,
  startFaultyServer,
} from '../support/faulty-server.js'

let server: FaultyServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

async function clientOf(...handlers: Handler[]) {
  server = await startFaultyServer(...handlers)
  return createHttpClient({serverUrl: `${server.url}/`, token: 'mul_x', timeoutMs: 2000})
}

const cut: Handler = (request) => {
  request.socket.destroy()
}

describe('createHttpClient', () => {
  it('sends token, query and body, and reads the answer', async () => {
    let body = ''
    const client = await clientOf((request, response) => {
      request.setEncoding('utf8').on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => answering(200, {ok: true})(request, response))
    })
    const query = {a: 1, b: ['x', 'y'], c: undefined}
    assert.deepEqual(await client.request('POST', '/api/x', {body: {n: 'ö'}, query}), {ok: true})
    const [request] = server?.requests ?? []
    assert.equal(request?.url, '/api/x?a=1&b=x&b=y')
    assert.equal(request?.headers.authorization, 'Bearer mul_x')
    assert.deepEqual(JSON.parse(body), {n: 'ö'})
  })

  it('throws what the server says, with its status and its patience', async () => {
    const client = await clientOf(
      answering(409, {error: 'gap', code: 'gap', expected_seq: 7}, {'retry-after': '3'}),
    )
    await assert.rejects(client.request('GET', '/'), (error: ApiError) => {
      assert.ok(error instanceof ApiError)
      assert.deepEqual(
        [error.status, error.code, error.message, error.body.expected_seq, error.retryAfterMs],
        [409, 'gap', 'gap', 7, 3000],
      )
      return true
    })
  })

  it('names the address when the answer is no error of ours', async () => {
    const page: Handler = (_request, response) => {
      response.writeHead(502, {'content-type': 'text/html'}).end('<html>bad gateway</html>')
    }
    const client = await clientOf(page)
    await assert.rejects(client.request('GET', '/api/me'), {
      message: `${server?.url}/api/me answered 502 Bad Gateway`,
    })
  })

  it('names the address when no answer comes', async () => {
    const client = await clientOf(cut)
    await assert.rejects(client.request('GET', '/'), NetworkError)
    const serverUrl = await deadUrl()
    await assert.rejects(createHttpClient({serverUrl}).request('GET', '/'), {
      message: `cannot reach ${serverUrl}: nothing listens there`,
    })
  })

  it('ends a call that takes too long', async () => {
    const client = await clientOf(() => undefined)
    const slow = client.request('GET', '/', {timeoutMs: 60})
    await assert.rejects(
      slow,
      (error) => error instanceof NetworkError && /in time/.test(error.message),
    )
    const late = client.open('/', {connectTimeoutMs: 60})
    await assert.rejects(late, NetworkError)
  })

  it('lets an abort of the caller be what it is', async () => {
    const client = await clientOf(() => undefined)
    const stop = new AbortController()
    const call = client.request('GET', '/', {signal: stop.signal})
    const reason = new Error('enough')
    stop.abort(reason)
    await assert.rejects(call, reason)
  })
})

describe('withSafeRetries', () => {
  it('repeats a read, and a creating call under the same key', async () => {
    const client = withSafeRetries(await clientOf(cut, answering(200, [{id: 'w'}])))
    assert.deepEqual(await client.request('GET', '/'), [{id: 'w'}])
    await server?.close()
    const api = createApi(withSafeRetries(await clientOf(cut, answering(201, {id: 'i'}))))
    await api.createIssue({title: 'x'})
    const keys = server?.requests.map(({headers}) => headers['idempotency-key'])
    assert.equal(keys?.length, 2)
    assert.ok(keys?.[0])
    assert.equal(keys?.[0], keys?.[1])
  })

  it('sends a change once, and a refused read once', async () => {
    const client = withSafeRetries(await clientOf(cut, answering(200, {})))
    await assert.rejects(client.request('PUT', '/', {body: {}}), NetworkError)
    assert.equal(server?.requests.length, 1)
    await server?.close()
    const refused = withSafeRetries(await clientOf(answering(404, {error: 'no'})))
    await assert.rejects(refused.request('GET', '/'), ApiError)
    assert.equal(server?.requests.length, 1)
  })

  it('repeats a slow call that was refused in the end', async () => {
    const slow: Handler = (_request, response) =>
      void setTimeout(() => {
        response.writeHead(502, {'content-type': 'text/html'})
        response.end('<html></html>')
      }, 400)
    const client = withSafeRetries(await clientOf(slow, answering(200, {ok: 1})), 300)
    assert.deepEqual(await client.request('GET', '/'), {ok: 1})
  })

  it('gives up soon', async () => {
    const client = withSafeRetries(await clientOf(cut), 300)
    await assert.rejects(client.request('GET', '/'), NetworkError)
    assert.ok((server?.requests.length ?? 0) <= 4, 'more tries than fit into 300 ms')
  })
})

describe('retry', () => {
  it('doubles its delays up to the last one, half of each by chance (fault K1)', () => {
    for (const [tries, full] of [
      [0, 100],
      [1, 200],
      [5, 3200],
      [12, 10_000],
      [5000, 10_000],
    ] as const) {
      const delay = nextDelay(tries, undefined)
      assert.ok(delay >= full / 2 && delay <= full, `${delay} after ${tries}`)
    }
  })

  it('knows what may go away by itself', () => {
    const answers = (status: number) => isTransient(new ApiError(status, {error: ''}, undefined))
    assert.deepEqual([400, 401, 404, 408, 409, 429, 500, 503].filter(answers), [408, 429, 500, 503])
    assert.ok(isTransient(new NetworkError('http://x', 'gone')))
    assert.ok(!isTransient(new TypeError('bug')))
  })

  it('knows a refusal of the server from one of a proxy', () => {
    const refused = (status: number, code?: string) =>
      isRefused(new ApiError(status, {error: '', ...(code && {code})}, undefined))
    assert.deepEqual(
      [400, 401, 403, 404, 410, 413, 429, 502].filter((n) => refused(n)),
      [413],
    )
    assert.ok(refused(403, 'stale_claim') && refused(404, 'not_found') && refused(410, 'sealed'))
    assert.ok(!refused(429, 'rate_limited') && !refused(503, 'unavailable'))
    assert.ok(!isRefused(new NetworkError('http://x', 'gone')))
    assert.ok(isRefused(new TypeError('bug')))
  })

  it('reads Retry-After as seconds or as a date', () => {
    assert.equal(parseRetryAfter('2'), 2000)
    assert.equal(
      parseRetryAfter('Mon, 23 Nov 2026 10:00:05 GMT', Date.parse('2026-11-23T10:00:00Z')),
      5000,
    )
    assert.equal(parseRetryAfter('soon'), undefined)
    assert.equal(parseRetryAfter(null), undefined)
    assert.equal(parseRetryAfter('999999999'), 3_600_000)
  })
})
