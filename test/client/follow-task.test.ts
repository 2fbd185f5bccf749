import assert from 'node:assert/strict'
import {afterEach, describe, it} from 'node:test'
import {followTask} from '../../src/client/follow-task.js'
import {createHttpClient} from '../../src/client/http-client.js'
import type {TaskStreamEvent} from '../../src/protocol/events.js'
import {
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

const message = (seq: number) =>
  `id: ${seq}\nevent: task:message\ndata: ${JSON.stringify({seq, type: 'text', content: `${seq}`})}\n\n`
const status = 'event: task:status\ndata: {"status":"running"}\n\n'
const end = (lastSeq: number) =>
  `event: end\ndata: ${JSON.stringify({status: 'completed', last_seq: lastSeq})}\n\n`

async function follow(handlers: Handler[], since = 0): Promise<TaskStreamEvent[]> {
  server = await startFaultyServer(...handlers)
  const signal = AbortSignal.timeout(20_000)
  const client = createHttpClient({serverUrl: server.url})
  const events: TaskStreamEvent[] = []
  for await (const event of followTask(client, 'T', {since, signal})) events.push(event)
  return events
}

const seqs = (events: TaskStreamEvent[]) =>
  events.map((event) => (event.event === 'task:message' ? event.id : event.event))

describe('followTask', () => {
  it('ends by itself after the end of the run', async () => {
    assert.deepEqual(seqs(await follow([streaming([status, message(1), end(1)], 'stay')])), [
      'task:status',
      1,
      'end',
    ])
  })

  it('asks for what comes after its own cursor', async () => {
    const events = await follow(
      [streaming([message(6), message(7)], 'cut'), streaming([message(8), end(8)])],
      5,
    )
    assert.deepEqual(seqs(events), [6, 7, 8, 'end'])
    assert.deepEqual(
      server?.requests.map(({url}) => url),
      ['/api/tasks/T/stream?since=5', '/api/tasks/T/stream?since=7'],
    )
  })

  it('drops what comes twice', async () => {
    const events = await follow([
      streaming([message(1), message(2)], 'cut'),
      streaming([message(1), message(2), message(2), message(3), end(3)]),
    ])
    assert.deepEqual(seqs(events), [1, 2, 3, 'end'])
  })

  it('steps over no hole, not even the last one (fault H5)', async () => {
    const events = await follow([
      streaming([message(1), message(3)], 'stay'),
      streaming([message(2), end(3)], 'stay'),
      streaming([message(3), end(3)], 'stay'),
    ])
    assert.deepEqual(seqs(events), [1, 2, 3, 'end'])
  })

  it('skips what it does not understand', async () => {
    const odd =
      'event: task:message\ndata: {broken\n\nevent: task:new\ndata: {}\n\nevent: task:message\ndata: {"seq":"x"}\n\n'
    assert.deepEqual(seqs(await follow([streaming([odd, message(1), end(1)])])), [1, 'end'])
  })
})
