import assert from 'node:assert/strict'
import {readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {after, before, describe, test} from 'node:test'
import type {Task} from '../../src/protocol/task.js'
import {type LocalBench, startLocalBench} from '../support/local-bench.js'
import {tempFolder} from '../support/temp-folder.js'
import {until} from '../support/until.js'

/** A Claude that says which session it is in, and then works for ever or fails. */
const AGENT = `
  const say = (event) => console.log(JSON.stringify(event))
  const at = process.argv.indexOf('--resume')
  const session_id = at < 0 ? 'first' : process.argv[at + 1]
  say({type: 'system', subtype: 'init', session_id})
  const text = (at < 0 ? 'began ' : 'resumed ') + session_id
  say({type: 'assistant', session_id, message: {id: 'm', model: 'opus', content: [{type: 'text', text}]}})
  if (process.argv.includes('fail')) {
    say({type: 'result', subtype: 'success', is_error: true, result: 'no credit left', session_id})
  } else setInterval(() => {}, 1000)
  process.stdin.resume()`

describe('a run whose worker is killed', () => {
  let bench: LocalBench
  before(async () => {
    const script = join(await tempFolder(), 'agent.mjs')
    await writeFile(script, AGENT)
    const command = [process.execPath, script]
    bench = await startLocalBench({
      worker: {type: 'claude', command},
      failing: {type: 'claude', command, args: ['fail']},
    })
  })
  after(() => bench.stop())

  const attempt = (issueId: string, number: number): Promise<Task> =>
    until(
      `attempt ${number} is there`,
      async () =>
        (await bench.system.api.issueTasks(issueId)).find((task) => task.attempt === number),
      30_000,
    )

  test('is tried again twice, in its session, and no more (fault B4)', async () => {
    const {issue} = await bench.assign('worker')
    for (const [number, words] of [
      [1, 'began first'],
      [2, 'resumed first'],
      [3, 'resumed first'],
    ] as const) {
      const {id} = await attempt(issue.id, number)
      await bench.message(id, ({content}) => content === words)
      await until('its session is pinned', async () => (await bench.system.api.task(id)).session_id)
      const record = await readFile(join(bench.stateOf(id), 'worker.json'), 'utf8')
      process.kill(JSON.parse(record).pid, 'SIGKILL')
      await until(
        'it is lost',
        async () => (await bench.system.api.task(id)).end_reason === 'worker_lost',
        30_000,
      )
    }
    assert.equal((await bench.system.api.issueTasks(issue.id)).length, 3)
  })

  test('is not, when it failed on its own merits', async () => {
    const {issue, taskId} = await bench.assign('failing')
    const {task} = await bench.follow(taskId)
    assert.deepEqual([task.status, task.end_reason], ['failed', 'agent_error'])
    assert.equal((await bench.system.api.issueTasks(issue.id)).length, 1)
  })
})
