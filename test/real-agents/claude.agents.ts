// The real Claude Code, from an issue to its result, against a model that a test has written down.
import assert from 'node:assert/strict'
import {rm} from 'node:fs/promises'
import {join} from 'node:path'
import {after, before, describe, it} from 'node:test'
import {findOrphans} from '../../src/process-tree/find-tree.js'
import {installCli} from '../support/cli-cache.js'
import {type FakeModel, startFakeAnthropic, USAGE} from '../support/fake-anthropic.js'
import {type LocalBench, type RunRecord, startLocalBench} from '../support/local-bench.js'

const VERSION = '2.1.330'

describe(`Claude Code ${VERSION}`, () => {
  let model: FakeModel
  let bench: LocalBench
  before(async () => {
    model = await startFakeAnthropic()
    const bin = await installCli(`@anthropic-ai/claude-code@${VERSION}`)
    bench = await startLocalBench(
      {claude: {type: 'claude', command: [join(bin, 'claude')]}},
      {
        ANTHROPIC_BASE_URL: model.url,
        ANTHROPIC_API_KEY: 'sk-test-dummy',
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        CLAUDE_CODE_MAX_RETRIES: '1',
      },
    )
  })
  after(async () => {
    await bench?.stop()
    await model.close()
  })

  const work = async (...turns: Parameters<FakeModel['play']>) => {
    model.play(...turns)
    const {issue, taskId} = await bench.assign('claude')
    return {issue, ...(await bench.follow(taskId))}
  }

  it('works on an issue: text, thinking, tools, results, usage and a comment', async () => {
    const run = await work(
      [
        {thinking: 'I should look first.'},
        {text: 'Let me look.'},
        {shell: 'echo "seen $((6 * 7))"'},
      ],
      [{text: 'It is there. '}, {shell: 'ls /does-not-exist-at-all'}],
      [{text: 'All **done**: I have looked.'}],
    )
    assert.equal(run.end.status, 'completed', run.end.error ?? '')
    assert.equal(saidBy(run, 'thinking'), 'I should look first.')
    assert.equal(saidBy(run, 'text'), 'Let me look.It is there. All **done**: I have looked.')
    const calls = run.messages.filter(({type}) => type === 'tool_use')
    const results = run.messages.filter(({type}) => type === 'tool_result')
    assert.deepEqual(
      calls.map(({tool, input}) => [tool, input?.command]),
      [
        ['Bash', 'echo "seen $((6 * 7))"'],
        ['Bash', 'ls /does-not-exist-at-all'],
      ],
    )
    assert.deepEqual(
      results.map(({call_id}) => call_id),
      calls.map(({call_id}) => call_id),
    )
    assert.equal(results[0]?.output, 'seen 42')
    assert.equal(results[1]?.is_error, true)
    assert.match(results[1]?.output ?? '', /does-not-exist-at-all/)
    assert.ok((run.task.usage?.output_tokens ?? 0) >= 3 * USAGE.output_tokens)
    assert.ok((run.task.usage?.cost_usd ?? 0) > 0)
    assert.match(run.task.session_id ?? '', /^[0-9a-f-]{36}$/)
    const comments = await bench.system.api.comments(run.issue.id)
    assert.deepEqual(
      comments.map(({author_type, content}) => [author_type, content]),
      [['agent', 'All **done**: I have looked.']],
    )
  })

  it("resumes its session in the run of a person's comment", async () => {
    const first = await work([{text: 'The number is 17.'}])
    model.play([{text: 'I remember.'}])
    const asked = model.requests.length
    const comment = await bench.system.api.addComment(first.issue.id, {content: 'And now?'})
    const second = await bench.follow(comment.enqueued_task_id ?? '')
    assert.equal(second.end.status, 'completed', second.end.error ?? '')
    assert.equal(second.task.session_id, first.task.session_id)
    const [request] = model.requests.slice(asked)
    assert.match(JSON.stringify(request?.messages), /The number is 17\./)
    assert.match(JSON.stringify(request?.messages), new RegExp(comment.id))
  })

  it('begins afresh, visibly, when its session is gone', async () => {
    const first = await work([{text: 'Here.'}])
    await rm(join(bench.home, '.claude', 'projects'), {recursive: true})
    model.play([{text: 'Fresh.'}])
    const comment = await bench.system.api.addComment(first.issue.id, {content: 'Again'})
    const second = await bench.follow(comment.enqueued_task_id ?? '')
    assert.equal(second.end.status, 'completed', second.end.error ?? '')
    assert.notEqual(second.task.session_id, first.task.session_id)
    assert.match(saidBy(second, 'status'), /cannot be resumed; starting a fresh one/)
  })

  it('fails with the words of the API when the model refuses', async () => {
    const run = await work(...Array<{status: number}>(9).fill({status: 400}))
    assert.equal(run.end.status, 'failed')
    assert.equal(run.end.end_reason, 'agent_error')
    assert.match(run.end.error ?? '', /400/)
  })

  it('shows a retry and goes on', async () => {
    const run = await work({status: 529}, [{text: 'Now it works.'}])
    assert.equal(run.end.status, 'completed', run.end.error ?? '')
    assert.match(saidBy(run, 'status'), /529.*retry 1 of 1/)
    assert.equal(saidBy(run, 'text'), 'Now it works.')
  })

  for (const what of ['while a tool runs', 'while the model says nothing'] as const) {
    it(`is cancelled ${what}, and nothing of it lives on`, async () => {
      if (what === 'while a tool runs') {
        model.play([{text: 'Waiting.'}, {shell: 'perl -e "sleep 120"'}], [{text: 'Slept.'}])
      } else {
        model.play([{text: 'One.'}, {shell: 'true'}], 'hang')
      }
      const {taskId} = await bench.assign('claude')
      const wanted = what === 'while a tool runs' ? 'tool_use' : 'tool_result'
      await bench.message(taskId, ({type}) => type === wanted)
      await bench.system.api.cancelTask(taskId)
      const {end, messages} = await bench.follow(taskId)
      assert.equal(end.status, 'cancelled')
      assert.deepEqual(await findOrphans(taskId), [])
      const count = (type: string) => messages.filter((message) => message.type === type).length
      assert.equal(count('tool_use'), count('tool_result'))
    })
  }
})

const saidBy = ({messages}: RunRecord, type: string): string =>
  messages
    .filter((message) => message.type === type)
    .map(({content}) => content)
    .join('')
