import assert from 'node:assert/strict'
import {rm} from 'node:fs/promises'
import {join} from 'node:path'
import {after, before, describe, it} from 'node:test'
import {findOrphans} from '../../src/process-tree/find-tree.js'
import type {TaskUsage} from '../../src/protocol/task.js'
import type {Turn} from './fake-anthropic.js'
import {type Assigned, type LocalBench, type RunRecord, startLocalBench} from './local-bench.js'
import {
  type AnyModel,
  prepareHome,
  REAL_AGENTS,
  type RealAgent,
  type RealAgentName,
  settingsOf,
} from './real-agents.js'

/** What is particular about an agent. */
export interface RealFacts {
  /** Its tool for commands, as it names it in a run of `seq` and in one of `ls`. */
  tools: [seq: string, ls: string]
  /** What it tells of a command's output; undefined: nothing. */
  output?: RegExp
  /** Whether a failing command is told as failed. */
  tellsFailure: boolean
  usage: Partial<TaskUsage> | null
  /** Folder in its home in which it keeps its sessions. */
  sessions: string
  /** It does not always find its session again; then the run has to begin afresh, and to say so. */
  mayForget?: boolean
  /** It tries again until the model answers: a refusal ends nothing. */
  refusal?: RegExp
}

/** The cases that every agent has to pass, with its real program, from an issue to its result. */
export function describeRealAgent(name: RealAgentName, facts: RealFacts): void {
  const agent: RealAgent = REAL_AGENTS[name]
  describe(agent.spec, () => {
    let model: AnyModel
    let bench: LocalBench
    let first: Assigned & RunRecord
    before(async () => {
      model = await agent.startModel()
      const settings = await settingsOf(agent, model.url)
      bench = await startLocalBench({[name]: settings}, agent.env(model.url))
      await prepareHome(agent, model.url, bench.home)
    })
    after(async () => {
      await bench?.stop()
      await model.close()
    })

    const work = async (...turns: Turn[]) => {
      model.play(...turns)
      const assigned = await bench.assign(name)
      return {...assigned, ...(await bench.follow(assigned.taskId))}
    }
    const comment = async (content: string, turn: Turn) => {
      model.play(turn)
      const {enqueued_task_id: id} = await bench.system.api.addComment(first.issue.id, {content})
      return bench.follow(id ?? '')
    }

    it('works on an issue: text, thinking, paired tools, usage and a comment (faults A16, A17)', async () => {
      first = await work(
        [{thinking: 'I should look first.'}, {text: 'Let me look.'}, {shell: 'seq 4200 4201'}],
        [{text: 'It is there. '}, {shell: 'ls /does-not-exist-at-all'}],
        [{text: 'All **done**: I have looked.'}],
      )
      assert.equal(first.end.status, 'completed', first.end.error ?? '')
      assert.match(saidBy(first, 'thinking'), /I should look first\./)
      assert.equal(saidBy(first, 'text'), 'Let me look.It is there. All **done**: I have looked.')
      const calls = first.messages.filter(({type}) => type === 'tool_use')
      const results = first.messages.filter(({type}) => type === 'tool_result')
      assert.deepEqual(
        calls.map(({tool}) => tool),
        facts.tools,
      )
      assert.match(JSON.stringify(calls[0]?.input), /seq 4200 4201/)
      assert.deepEqual(
        results.map(({call_id}) => call_id),
        calls.map(({call_id}) => call_id),
      )
      assert.match(results[0]?.output ?? '', facts.output ?? /^$/)
      assert.equal(results[1]?.is_error ?? false, facts.tellsFailure)
      const {usage} = first.task
      for (const [part, value] of Object.entries(facts.usage ?? {})) {
        assert.equal(usage?.[part as keyof TaskUsage] ?? null, value, part)
      }
      if (facts.usage === null) assert.equal(usage, null)
      assert.match(
        JSON.stringify(model.requests),
        /Multica agent runtime/,
        'it has its instructions',
      )
      const comments = await bench.system.api.comments(first.issue.id)
      assert.deepEqual(
        comments.map(({content}) => content),
        ['All **done**: I have looked.'],
      )
      assert.deepEqual(await findOrphans(first.taskId), [])
    })

    it("resumes its session in the run of a person's comment, told once (fault A15)", async () => {
      const asked = model.requests.length
      const second = await comment('And now?', [{text: 'I remember.'}])
      assert.equal(second.end.status, 'completed', second.end.error ?? '')
      const forgot = second.task.session_id !== first.task.session_id
      if (facts.mayForget && forgot) {
        assert.match(saidBy(second, 'status'), /cannot be resumed; starting a fresh one/)
      } else {
        assert.equal(second.task.session_id, first.task.session_id)
        assert.match(JSON.stringify(model.requests.slice(asked)), /I have looked\./)
      }
      assert.equal(saidBy(second, 'text'), 'I remember.')
      assert.ok(!second.messages.some(({type}) => type === 'tool_use'))
    })

    it('begins afresh, visibly, when its session is gone (fault F1)', async () => {
      await rm(join(bench.home, facts.sessions), {recursive: true})
      const third = await comment('Again', [{text: 'Fresh.'}])
      assert.equal(third.end.status, 'completed', third.end.error ?? '')
      assert.notEqual(third.task.session_id, first.task.session_id)
      assert.match(saidBy(third, 'status'), /cannot be resumed; starting a fresh one/)
      assert.equal(saidBy(third, 'text'), 'Fresh.')
    })

    it('fails with the words of the API when the model refuses the key (fault G1)', async () => {
      const run = await work(...Array<Turn>(9).fill({status: 401}))
      assert.equal(run.end.status, 'failed')
      assert.equal(run.end.end_reason, 'agent_error')
      assert.match(run.end.error ?? '', facts.refusal ?? /401/)
    })

    for (const what of ['while a tool runs', 'while the model says nothing'] as const) {
      it(`is cancelled ${what}, and nothing of it lives on (faults D1, E1)`, async () => {
        if (what === 'while a tool runs') {
          model.play([{text: 'Waiting.'}, {shell: 'perl -e "sleep 120"'}], [{text: 'Slept.'}])
        } else {
          model.play([{text: 'One.'}, {shell: 'true'}], 'hang')
        }
        const {taskId} = await bench.assign(name)
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
}

export const saidBy = ({messages}: RunRecord, type: string): string =>
  messages
    .filter((message) => message.type === type)
    .map(({content}) => content)
    .join('')
