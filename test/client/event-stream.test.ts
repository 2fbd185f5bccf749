import assert from 'node:assert/strict'
import {afterEach, describe, it} from 'node:test'
import {followEvents, type ServerEvent, type StreamState} from '../../src/client/event-stream.js'
import {ApiError, createHttpClient, NetworkError} from '../../src/client/http-client.js'
import {
  answering,
  type FaultyServer,
  type Handler,
  startFaultyServer,
  streaming,
} from '../support/faulty-server.js'

let server: FaultyServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

const frame = (id: number, data = `m${id}`) => `id: ${id}\nevent: note\ndata: ${data}\n\n`
const closed: Handler = (_request, response) => {
  response.writeHead(204).end()
}

interface Collected {
  events: ServerEvent[]
  states: StreamState[]
  server: FaultyServer
}

/** Follows to the 204 that ends it, with the last id as the cursor. */
async function collect(
  handlers: Handler[],
  options: {stallMs?: number; maxOutageMs?: number} = {},
): Promise<Collected> {
  const started = await startFaultyServer(...handlers)
  server = started
  const events: ServerEvent[] = []
  const states: StreamState[] = []
  const stream = followEvents(createHttpClient({serverUrl: started.url}), '/stream', {
    signal: AbortSignal.timeout(20_000),
    cursor: () => events.at(-1)?.id,
    onState: (state) => states.push(state),
    ...options,
  })
  for await (const event of stream) events.push(event)
  return {events, states, server: started}
}

const ids = (events: ServerEvent[]) => events.map(({id}) => id)

describe('followEvents', () => {
  it('goes on from the cursor after a cut in the middle of an event', async () => {
    const {events, server} = await collect([
      streaming([frame(1), frame(2), 'id: 3\nevent: note\nda'], 'cut'),
      streaming([frame(3)]),
      closed,
    ])
    assert.deepEqual(ids(events), ['1', '2', '3'])
    const cursors = server.requests.map(({headers}) => headers['last-event-id'])
    assert.deepEqual(cursors, [undefined, '2', '3'])
  })

  it('reads characters and line ends that are split over chunks', async () => {
    const bytes = Buffer.from(
      'id: 1\r\nevent: note\r\ndata: zwölf 🦊\r\n\r\nid: 2\rdata: x\r\r: beat\n',
    )
    const {events} = await collect([streaming([...bytes].map((byte) => Buffer.of(byte))), closed])
    assert.deepEqual(events, [
      {event: 'note', id: '1', data: 'zwölf 🦊'},
      {event: 'message', id: '2', data: 'x'},
    ])
  })

  it('waits as long as Retry-After asks', async () => {
    const {server} = await collect([answering(503, {error: 'later'}, {'retry-after': '1'}), closed])
    const [first, second] = server.requests
    assert.ok((second?.at ?? 0) - (first?.at ?? 0) >= 950)
  })

  it('leaves a connection that has fallen silent', async () => {
    const {events, states} = await collect([streaming([frame(1)], 'stay'), closed], {stallMs: 80})
    assert.deepEqual(ids(events), ['1'])
    const waiting = states.find(({state}) => state === 'waiting')
    assert.match(String(waiting?.error), /nothing was heard for 0.08 s/)
  })

  it('takes a comment as a sign of life', async () => {
    const beats: Handler = (_request, response) => {
      response.writeHead(200, {'content-type': 'text/event-stream'})
      let left = 8
      const timer = setInterval(() => {
        response.write(left-- > 0 ? ': beat\n\n' : frame(1))
        if (left < 0) {
          clearInterval(timer)
          response.end()
        }
      }, 40)
    }
    const {events, states} = await collect([beats, closed], {stallMs: 150})
    assert.deepEqual(ids(events), ['1'])
    assert.match(String(states.find(({error}) => error)?.error), /the stream was cut/)
  })

  it('gives up at once on a refusal', async () => {
    await assert.rejects(
      collect([answering(404, {error: 'task not found', code: 'not_found'})]),
      (error) => error instanceof ApiError && error.status === 404,
    )
    assert.equal(server?.requests.length, 1)
  })

  it('gives up after the given outage, or at the first failure', async () => {
    const broken = answering(500, {error: 'broken'})
    await assert.rejects(collect([broken], {maxOutageMs: 0}), ApiError)
    assert.equal(server?.requests.length, 1)
    await server?.close()
    await assert.rejects(collect([broken], {maxOutageMs: 600}), ApiError)
    assert.ok((server?.requests.length ?? 0) > 1)
  })

  it('does not take a page of a proxy for a stream', async () => {
    const page: Handler = (_request, response) => {
      response.writeHead(200, {'content-type': 'text/html'}).end('<html>')
    }
    await assert.rejects(
      collect([page], {maxOutageMs: 0}),
      (error) => error instanceof NetworkError && /text\/html/.test(error.message),
    )
  })

  it('asks less and less often when every connection falls over at once (fault K1)', async () => {
    const {states} = await collect([
      ...Array.from({length: 5}, () =>
        streaming([': hello\n\nevent: greeting\ndata: x\n\n'], 'cut'),
      ),
      closed,
    ])
    const delays = states.flatMap(({retryInMs}) => retryInMs ?? [])
    assert.equal(delays.length, 5)
    assert.ok((delays[4] ?? 0) >= 800, `the fifth delay is ${delays[4]}`)
  })

  it('takes from the connection only what the caller takes', async () => {
    let written = 0
    const flood: Handler = (_request, response) => {
      response.writeHead(200, {'content-type': 'text/event-stream'})
      const more = (): void => {
        while (written < 20_000) {
          if (!response.write(frame(++written, 'x'.repeat(10_000)))) {
            response.once('drain', more)
            return
          }
        }
        response.end()
      }
      more()
    }
    const started = await startFaultyServer(flood)
    server = started
    const stop = new AbortController()
    const stream = followEvents(createHttpClient({serverUrl: started.url}), '/', {
      signal: stop.signal,
    })
    await stream.next()
    let before = -1
    while (before !== written) {
      before = written
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    assert.ok(written < 10_000, `the server could send ${written} events of 10 kB to nobody`)
    stop.abort()
    assert.equal((await stream.next()).done, false)
    await stream.return(undefined)
  })
})
