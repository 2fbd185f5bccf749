import assert from 'node:assert/strict'
import {test} from 'node:test'
import {NetworkError} from '../../src/client/http-client.js'
import {silentLog} from '../../src/log.js'
import type {SessionBody, TaskUsage} from '../../src/protocol/task.js'
import {SessionTeller} from '../../src/worker/session-teller.js'
import {until} from '../support/until.js'

test('the latest is told, one call at a time, and what failed is told with what came since', async () => {
  const told: SessionBody[] = []
  let isAway = true
  let calls = 0
  const api = {
    session: async (_id: string, body: SessionBody) => {
      calls++
      if (isAway) throw new NetworkError('http://127.0.0.1', 'away')
      told.push(body)
      return {} as never
    },
  }
  const signal = new AbortController().signal
  const teller = new SessionTeller({api, taskId: 't', log: silentLog, signal})
  const usage = (cost: number) => ({cost_usd: cost}) as TaskUsage
  teller.tell({session_id: 's', usage: usage(0)})
  for (let cost = 1; cost <= 100; cost++) teller.tell({usage: usage(cost)})
  await until('it was tried', () => calls > 0)
  assert.ok(calls < 3, 'nothing piles up')
  isAway = false
  await until('it is told', () => told.length > 0)
  assert.deepEqual(told, [{session_id: 's', usage: usage(100)}])
  teller.tell({usage: usage(101)})
  await until('the next is told', () => told.length > 1)
  assert.deepEqual(told[1], {usage: usage(101)})
})
