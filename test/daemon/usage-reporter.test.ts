import assert from 'node:assert/strict'
import {appendFile, mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import {test} from 'node:test'
import type {Api} from '../../src/client/api.js'
import {UsageReporter} from '../../src/daemon/usage-reporter.js'
import {silentLog} from '../../src/log.js'
import type {UsageBody} from '../../src/protocol/usage.js'
import {tempFolder} from '../support/temp-folder.js'

test('usage is told once to the runtime of each workspace, and again only what could not be told (fault H18)', async () => {
  const home = await tempFolder()
  const folder = join(home, '.claude', 'projects', 'p')
  await mkdir(folder, {recursive: true})
  const answer = (id: string) =>
    appendFile(
      join(folder, 's.jsonl'),
      `${JSON.stringify({
        type: 'assistant',
        timestamp: new Date().toISOString(),
        message: {id, model: 'opus', usage: {input_tokens: 1, output_tokens: 2}},
      })}\n`,
    )
  let reachable = true
  const told: [string, UsageBody][] = []
  const api = {
    reportUsage: async (runtime: string, body: UsageBody) => {
      if (!reachable) throw new Error('no answer')
      told.push([runtime, body])
    },
  } as unknown as Api
  const reporter = new UsageReporter({
    connection: {call: (fn) => fn(api)},
    agents: () => [
      {provider: 'claude', version: '1', settings: {type: 'claude', command: ['claude']}},
    ],
    runtimes: () => [
      {id: 'r1', provider: 'claude'},
      {id: 'r2', provider: 'claude'},
      {id: 'r3', provider: 'report'},
    ],
    env: {HOME: home},
    log: silentLog,
  })
  const report = () => reporter.report(new AbortController().signal)
  await answer('a')
  await report()
  assert.deepEqual(
    told.splice(0).map(([runtime, {entries}]) => [runtime, entries[0]?.output_tokens]),
    [
      ['r1', 2],
      ['r2', 2],
    ],
  )
  await report()
  assert.equal(told.length, 0)
  await answer('b')
  reachable = false
  await report()
  reachable = true
  await report()
  assert.deepEqual(
    told.map(([runtime, {entries}]) => [runtime, entries[0]?.output_tokens]),
    [
      ['r1', 4],
      ['r2', 4],
    ],
  )
})
