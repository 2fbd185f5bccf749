// The real Codex, from an issue to its result, against a model that a test has written down.
import assert from 'node:assert/strict'
import {mkdir, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {after, before, describe, it} from 'node:test'
import {findOrphans} from '../../src/process-tree/find-tree.js'
import {installCli} from '../support/cli-cache.js'
import type {FakeModelServer} from '../support/fake-model.js'
import {OPENAI_USAGE, startFakeOpenai} from '../support/fake-openai.js'
import {giveSkill} from '../support/give-skill.js'
import {type LocalBench, type RunRecord, startLocalBench} from '../support/local-bench.js'

const VERSION = '0.169.0'

describe(`Codex ${VERSION}`, () => {
  let model: FakeModelServer
  let bench: LocalBench
  before(async () => {
    model = await startFakeOpenai()
    const command = [join(await installCli(`@openai/codex@${VERSION}`), 'codex')]
    const provider = `{name="fake",base_url="${model.url}/v1",env_key="FAKE_API_KEY",wire_api="responses",request_max_retries=1,stream_max_retries=1}`
    const args = [
      'analytics.enabled=false',
      'model="fake-model"',
      'model_provider="fake"',
      `model_providers.fake=${provider}`,
    ].flatMap((line) => ['-c', line])
    bench = await startLocalBench(
      {
        codex: {type: 'codex', command, args},
        careful: {type: 'codex', command, args, approvals: 'deny'},
        exec: {type: 'codex-exec', command, args},
      },
      {FAKE_API_KEY: 'sk-test-dummy'},
    )
    await mkdir(join(bench.home, '.codex'), {recursive: true})
    await writeFile(join(bench.home, '.codex', 'config.toml'), '')
  })
  after(async () => {
    await bench?.stop()
    await model.close()
  })

  const work = async (agent: string, ...turns: Parameters<FakeModelServer['play']>) => {
    model.play(...turns)
    const {issue, taskId} = await bench.assign(agent)
    return {issue, ...(await bench.follow(taskId))}
  }

  for (const agent of ['codex', 'exec']) {
    it(`${agent} works on an issue: text, thinking, tools, results and a comment`, async () => {
      const run = await work(
        agent,
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
        calls.map(({tool}) => tool),
        ['exec_command', 'exec_command'],
      )
      assert.match(String(calls[0]?.input?.command), /echo "seen/)
      assert.deepEqual(
        results.map(({call_id}) => call_id),
        calls.map(({call_id}) => call_id),
      )
      assert.equal(results[0]?.output?.trim(), 'seen 42')
      assert.equal(results[1]?.is_error, true)
      assert.match(results[1]?.output ?? '', /does-not-exist-at-all[\s\S]*exit code 2/)
      assert.equal(run.task.usage?.output_tokens, 3 * OPENAI_USAGE.output)
      assert.equal(run.task.usage?.cache_read_tokens, 3 * OPENAI_USAGE.cached)
      assert.equal(run.task.usage?.input_tokens, 3 * (OPENAI_USAGE.input - OPENAI_USAGE.cached))
      assert.match(model.requests.at(-1) ?? '', /Multica agent runtime/, 'it has read AGENTS.md')
      const comments = await bench.system.api.comments(run.issue.id)
      assert.deepEqual(
        comments.map(({content}) => content),
        ['All **done**: I have looked.'],
      )
    })

    it(`${agent} resumes its session in the run of a person's comment`, async () => {
      const first = await work(agent, [{text: 'The number is 17.'}])
      model.play([{text: 'I remember.'}])
      const asked = model.requests.length
      const comment = await bench.system.api.addComment(first.issue.id, {content: 'And now?'})
      const second = await bench.follow(comment.enqueued_task_id ?? '')
      assert.equal(second.end.status, 'completed', second.end.error ?? '')
      assert.equal(second.task.session_id, first.task.session_id)
      assert.match(model.requests[asked] ?? '', /The number is 17\./)
      assert.equal(saidBy(second, 'text'), 'I remember.')
      // The app server names what the run itself has used; exec tells sums of the thread alone.
      const used = second.task.usage?.output_tokens ?? null
      assert.equal(used, agent === 'codex' ? OPENAI_USAGE.output : null)
    })

    it(`${agent} begins afresh, visibly, when its session is gone`, async () => {
      const first = await work(agent, [{text: 'Here.'}])
      await rm(join(bench.home, '.codex', 'sessions'), {recursive: true})
      model.play([{text: 'Fresh.'}])
      const comment = await bench.system.api.addComment(first.issue.id, {content: 'Again'})
      const second = await bench.follow(comment.enqueued_task_id ?? '')
      assert.equal(second.end.status, 'completed', second.end.error ?? '')
      assert.notEqual(second.task.session_id, first.task.session_id)
      assert.match(saidBy(second, 'status'), /cannot be resumed; starting a fresh one/)
    })

    it(`${agent} fails with the words of the API when the model refuses`, async () => {
      const run = await work(agent, ...Array<{status: number}>(9).fill({status: 401}))
      assert.equal(run.end.status, 'failed')
      assert.equal(run.end.end_reason, 'agent_error')
      assert.match(run.end.error ?? '', /401/)
    })

    for (const what of ['while a tool runs', 'while the model says nothing'] as const) {
      it(`${agent} is cancelled ${what}, and nothing of it lives on`, async () => {
        if (what === 'while a tool runs') {
          model.play([{text: 'Waiting.'}, {shell: 'perl -e "sleep 120"'}], [{text: 'Slept.'}])
        } else {
          model.play([{text: 'One.'}, {shell: 'true'}], 'hang')
        }
        const {taskId} = await bench.assign(agent)
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
  }

  it('finds the skills that it was given', async () => {
    await giveSkill(bench, 'codex', 'counts the stars of the night sky')
    const run = await work('codex', [{text: 'I know how.'}])
    assert.equal(run.end.status, 'completed', run.end.error ?? '')
    assert.match(model.requests.at(-1) ?? '', /counts the stars of the night sky/)
  })

  it('shows a retry and goes on', async () => {
    const run = await work('codex', {status: 500}, [{text: 'Now it works.'}])
    assert.equal(run.end.status, 'completed', run.end.error ?? '')
    assert.equal(saidBy(run, 'text'), 'Now it works.')
  })

  it('is told no, where its settings say so, and goes on', async () => {
    const run = await work('careful', [{shell: 'touch made.txt'}], [{text: 'I may not.'}])
    assert.equal(run.end.status, 'completed', run.end.error ?? '')
    assert.match(saidBy(run, 'status'), /declined by policy: .*touch made\.txt/)
    const result = run.messages.find(({type}) => type === 'tool_result')
    assert.equal(result?.is_error, true)
    assert.equal(result?.output, 'declined')
  })
})

const saidBy = ({messages}: RunRecord, type: string): string =>
  messages
    .filter((message) => message.type === type)
    .map(({content}) => content)
    .join('')
