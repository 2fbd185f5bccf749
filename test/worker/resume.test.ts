import assert from 'node:assert/strict'
import {after, before, describe, test} from 'node:test'
import {startWorkerBench, type WorkerBench} from '../support/worker-bench.js'

/** A Claude that refuses every session but a new one, before or after it has run a tool. */
const claude = (refusal: string) => `
  const say = (event) => console.log(JSON.stringify(event))
  const resumed = process.argv.includes('--resume')
  const session_id = resumed ? 'old' : 'new'
  const message = (id, ...content) => ({type: 'assistant', session_id, message: {id, model: 'opus', content}})
  if (resumed) {
    ${refusal}
  } else {
    say({type: 'system', subtype: 'init', session_id})
    say(message('m', {type: 'text', text: 'afresh'}))
    say({type: 'result', subtype: 'success', is_error: false, result: 'afresh', session_id})
  }
  process.stdin.resume()`
const GONE = `say({type: 'result', subtype: 'error_during_execution', is_error: true,
  errors: ['No conversation found with session ID: old']})`
const POISONED = `say({type: 'system', subtype: 'init', session_id})
  say({type: 'result', subtype: 'success', is_error: true, result: 'API Error: 400 image', api_error_status: 400})`
const POISONED_LATE = `say({type: 'system', subtype: 'init', session_id})
  say(message('m', {type: 'tool_use', id: 't', name: 'Bash', input: {command: 'deploy'}}))
  say({type: 'user', message: {content: [{type: 'tool_result', tool_use_id: 't', content: 'ok'}]}})
  say({type: 'result', subtype: 'success', is_error: true, result: 'too long', terminal_reason: 'prompt_too_long'})`

describe('a session that cannot be resumed', () => {
  let bench: WorkerBench
  before(async () => {
    bench = await startWorkerBench()
  })
  after(() => bench.stop())

  const run = async (refusal: string) => {
    const started = await bench.run({
      agent: claude(refusal),
      settings: {type: 'claude'},
      priorSession: 'old',
    })
    await started.toEnd()
    const {end} = await started.journal()
    return {
      task: await started.task(),
      messages: await started.messages(),
      rejected: (end as {body: {rejected_session_ids?: string[]}}).body.rejected_session_ids,
    }
  }

  for (const [what, refusal] of [
    ['is gone', GONE],
    ['is poisoned', POISONED],
  ] as const) {
    test(`because it ${what} is replaced by a fresh one, once and visibly (faults F1, F3)`, async () => {
      const {task, messages, rejected} = await run(refusal)
      assert.deepEqual([task.status, task.session_id], ['completed', 'new'])
      const told = messages.filter(({content}) => content?.includes('starting a fresh one'))
      assert.equal(told.length, 1)
      assert.deepEqual(rejected, ['old'])
    })
  }

  test('is not replaced once a tool has run, and is not handed out again (faults C13, F8)', async () => {
    const {task, messages, rejected} = await run(POISONED_LATE)
    assert.equal(task.status, 'failed')
    assert.ok(!messages.some(({content}) => content?.includes('afresh')))
    assert.deepEqual(rejected, ['old'])
  })
})
