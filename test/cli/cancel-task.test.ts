import assert from 'node:assert/strict'
import {test} from 'node:test'
import {cancelTask} from '../../src/cli/cancel-task.js'
import {TimeoutPassed} from '../../src/cli/exit-codes.js'
import {createApi} from '../../src/client/api.js'
import {createHttpClient} from '../../src/client/http-client.js'
import {answering, type Handler, startFaultyServer, streaming} from '../support/faulty-server.js'

const open = {id: 't1', status: 'cancelled', last_seq: 2, sealed_at: null}
const endOf = (sealed: boolean): Handler => {
  const end = {task_id: 't1', status: 'cancelled', last_seq: 2, sealed}
  return streaming([`event: end\ndata: ${JSON.stringify(end)}\n\n`])
}
const cancel = (url: string, waitMs: number) =>
  cancelTask(createApi(createHttpClient({serverUrl: url})), 't1', {
    waitMs,
    signal: AbortSignal.timeout(20_000),
  })

test('a worker that was given up may still confirm the cancel', async (t) => {
  const closed = {...open, sealed_at: '2026-01-01T00:00:00.000Z'}
  const confirmed = [answering(200, open), endOf(false), endOf(true), answering(200, closed)]
  const server = await startFaultyServer(...confirmed)
  t.after(() => server.close())
  const {task, tookMs} = await cancel(server.url, 15_000)
  assert.equal(task.sealed_at, closed.sealed_at)
  assert.ok(tookMs !== undefined)
})

test('that nobody waits for a worker is no confirmation', async (t) => {
  const server = await startFaultyServer(answering(200, open), endOf(false))
  t.after(() => server.close())
  await assert.rejects(cancel(server.url, 300), TimeoutPassed)
})
