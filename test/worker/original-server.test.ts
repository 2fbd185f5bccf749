import assert from 'node:assert/strict'
import {test} from 'node:test'
import {ApiError} from '../../src/client/http-client.js'
import type {TaskStatus} from '../../src/protocol/task.js'
import {watchOriginal} from '../../src/worker/original-server.js'
import {StopRequest} from '../../src/worker/stop-request.js'

const signal = new AbortController().signal

/** Answers in their order; the last one again and again. */
function answers(...list: (TaskStatus | Error)[]) {
  return {
    taskStatus: async () => {
      const answer = list.length > 1 ? list.shift() : list[0]
      if (answer instanceof Error) throw answer
      return {status: answer as TaskStatus}
    },
  }
}

test('a run ends before its server is tired of it', async () => {
  const stop = new StopRequest()
  await watchOriginal(answers('running'), 'one', stop, {signal, pollMs: 5, limitMs: 40})
  assert.equal(stop.reason?.kind === 'failed' && stop.reason.reason, 'timeout')
})

test('trouble on the way, and the page of a proxy, stop nothing', async () => {
  const stop = new StopRequest()
  const page = new ApiError(404, {error: '404 page not found'}, undefined)
  const api = answers(new Error('cut'), page, 'running', 'cancelled')
  await watchOriginal(api, 'one', stop, {signal, pollMs: 5})
  assert.deepEqual(stop.reason, {kind: 'over', status: 'cancelled'})
})
