import assert from 'node:assert/strict'
import {test} from 'node:test'
import {setImmediate as turn} from 'node:timers/promises'
import type {Api} from '../../src/client/api.js'
import {silentLog} from '../../src/log.js'
import type {Bench} from '../../src/worker/bench.js'
import {Deliveries} from '../../src/worker/deliveries.js'
import {Inbox} from '../../src/worker/inbox.js'

test('the end of a run waits for what the agent was told, and not for the receipt (fault B2)', async () => {
  let receive = () => {}
  const received = new Promise<void>((resolve) => {
    receive = resolve
  })
  const input = {id: 'i1', text: 'and the tests', author: {id: 'u', name: 'Ada'}}
  const api = {
    inbox: async () => ({requests: [], inputs: [input]}),
    settleInput: () => received,
  } as unknown as Api
  const {signal} = new AbortController()
  const told: string[] = []
  const bench = {
    inbox: new Inbox({api, taskId: 't', log: silentLog, signal}),
    transcript: {tell: async ({text}: {text: string}) => void told.push(text)},
    stop: {reason: undefined},
  } as unknown as Bench
  const deliveries = new Deliveries(bench)
  deliveries.attach(async () => true)
  await turn()
  await deliveries.shown()
  assert.deepEqual(told, ['and the tests'])
  let isSettled = false
  const settled = bench.inbox.settled().then(() => {
    isSettled = true
  })
  await turn()
  assert.equal(isSettled, false, 'the report of the end waits for it')
  receive()
  await settled
})
