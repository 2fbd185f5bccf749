import assert from 'node:assert/strict'
import {describe, test} from 'node:test'
import type {
  AgentAdapter,
  AgentAnswer,
  AgentEvent,
  AgentSettings,
} from '../../src/agents/adapter.js'
import {type Played, playRecording, type Recording, readRecording} from './dialog-player.js'

/** What is particular about an agent. */
export interface ConformanceFacts {
  adapter: AgentAdapter
  settings: AgentSettings
  /** A line that the agent of tomorrow may print; none where every line has a meaning. */
  unknown?: (recording: Recording) => string
  /** It asks before it does something, so there is a question to stop at. */
  asks: boolean
  /** It can go on with an earlier session. */
  resumes: boolean
  /** It tells what a command has printed. */
  tellsOutput: boolean
  /** It tells what a run has used: in the first run, in a resumed one. */
  usage: [first: boolean, resumed: boolean]
  /** Its protocol has a way to stop a turn. */
  interrupts: boolean
  /** Whether it tries again when the model has no room. */
  waits: boolean
}

type Result = Extract<AgentEvent, {type: 'result'}>
type Of<Type> = AgentEvent & {type: Type}

const of = <Type extends AgentEvent['type']>({events}: Played, type: Type): Of<Type>[] =>
  events.filter((event): event is Of<Type> => event.type === type)
const said = (played: Played, type: 'text' | 'thinking') =>
  of(played, type)
    .map(({text}) => text)
    .join('')
const resultOf = (played: Played): Result | undefined => of(played, 'result')[0]
const GONE = '01a202c3-2f29-72f2-ac60-e8d4a18cb2ad'
const PRINTED = '4200\\n4201'

/** The list of cases that every adapter has to pass, on recorded runs of its real agent. */
export function describeConformance(agent: string, facts: ConformanceFacts): void {
  const {adapter, settings} = facts
  const play = async (name: string, more: Parameters<typeof playRecording>[2] = {}) =>
    playRecording(adapter, await readRecording(agent, name), {
      ...more,
      run: {settings, ...more.run},
    })

  describe(`${agent}, recorded`, () => {
    test('a run is told with its thoughts, words, tools and end (faults A16, A17)', async () => {
      const played = await play('work')
      assert.match(said(played, 'thinking'), /I should look first\./)
      assert.equal(said(played, 'text'), 'Let me look.It is there. All **done**: I have looked.')
      const calls = of(played, 'tool_use')
      const results = of(played, 'tool_result')
      assert.equal(calls.length, 2)
      assert.match(JSON.stringify(calls[0]?.input), /seq 4200 4201/)
      assert.deepEqual(
        results.map(({callId}) => callId),
        calls.map(({callId}) => callId),
      )
      if (facts.tellsOutput) assert.match(results[0]?.output ?? '', /4200\n4201/)
      assert.deepEqual(resultOf(played), {
        type: 'result',
        outcome: 'completed',
        output: 'All **done**: I have looked.',
      })
      assert.equal(of(played, 'result').length, 1, 'one end mark')
    })

    test('a call is told before its result, and text before the call it precedes (fault A14)', async () => {
      const {events} = await play('work')
      const at = (type: string) => events.findIndex((event) => event.type === type)
      assert.ok(at('text') < at('tool_use'))
      assert.ok(at('tool_use') < at('tool_result'))
    })

    test('its session is told to be resumable once there is something in it (faults F2, F7)', async () => {
      const played = await play('work')
      const sessions = of(played, 'session')
      assert.ok(sessions.some(({resumable}) => resumable))
      assert.equal(new Set(sessions.map(({sessionId}) => sessionId)).size, 1)
      const begins = played.events.findIndex(({type}) => type === 'text' || type === 'thinking')
      const told = played.events.findIndex((event) => event.type === 'session' && event.resumable)
      const ends = played.events.findIndex(({type}) => type === 'result')
      assert.ok(told >= 0 && told < ends && begins >= 0)
    })

    test('what it has used is told, or nothing is, but no cost of 0 (fault N4)', async () => {
      const used = of(await play('work'), 'usage').at(-1)?.usage
      assert.equal(used !== undefined, facts.usage[0])
      assert.notEqual(used?.cost_usd, 0)
    })

    if (facts.resumes) {
      test('a resumed session says nothing a second time (fault A15)', async () => {
        const sessionId = of(await play('work'), 'session')[0]?.sessionId ?? ''
        const played = await play('resume', {run: {resumeSessionId: sessionId}})
        assert.equal(said(played, 'text'), 'I remember.')
        assert.equal(of(played, 'tool_use').length + of(played, 'tool_result').length, 0)
        assert.equal(of(played, 'session').at(-1)?.sessionId, sessionId)
        assert.equal(resultOf(played)?.outcome, 'completed')
        const [before, used] = [await play('work'), played].map((one) => of(one, 'usage').at(-1))
        assert.equal(used !== undefined, facts.usage[1])
        const [all, own] = [before?.usage.output_tokens, used?.usage.output_tokens]
        if (all && own) assert.ok(own < all, 'earlier runs are not counted again (N2)')
      })

      test('a session that is gone is rejected, before anything has happened (faults F1, F5)', async () => {
        const played = await play('gone', {run: {resumeSessionId: GONE}})
        const result = resultOf(played)
        assert.ok(result?.outcome === 'failed' && result.sessionRejected)
        assert.equal(of(played, 'tool_use').length, 0)
        assert.equal(said(played, 'text'), '')
      })
    }

    test('a refused key is a failure in the words of the model (faults G1, G3)', async () => {
      const result = resultOf(await play('refused'))
      assert.ok(result?.outcome === 'failed' && !result.sessionRejected)
      assert.match(result.error, /401/)
    })

    test('a model without room is waited for, or is a failure (fault G1)', async () => {
      const played = await play('limited')
      const result = resultOf(played)
      assert.equal(result?.outcome, facts.waits ? 'completed' : 'failed')
      if (facts.waits) assert.equal(said(played, 'text'), 'Now it works.')
      else assert.match(result?.outcome === 'failed' ? result.error : '', /429/)
    })

    test('an output of 4 MB arrives as it is (fault A22)', async () => {
      const recording = await readRecording(agent, 'work')
      const big = `4200\\n${'x'.repeat(4_000_000)}\\n4201`
      const lines = recording.lines.map((line) =>
        'out' in line ? {out: line.out.replaceAll(PRINTED, big)} : line,
      )
      const played = await playRecording(adapter, {...recording, lines}, {run: {settings}})
      if (facts.tellsOutput) {
        assert.ok((of(played, 'tool_result')[0]?.output.length ?? 0) >= 4_000_000)
      }
      assert.equal(resultOf(played)?.outcome, 'completed')
    })

    test('an agent that dies in the middle has not completed (fault G2)', async () => {
      const recording = {...(await half()), exit: {code: null, signal: 'SIGKILL'}}
      const played = await playRecording(adapter, recording, {run: {settings}})
      assert.notEqual(resultOf(played)?.outcome, 'completed')
    })

    test('an agent that falls silent is stopped, and has not completed (fault E1)', async () => {
      const recording = {...(await half()), exit: {code: null, signal: 'SIGTERM'}}
      const played = await playRecording(adapter, recording, {hangs: true, run: {settings}})
      assert.notEqual(resultOf(played)?.outcome, 'completed')
      assert.equal(played.written.length > 0, true)
    })

    const {unknown} = facts
    if (unknown) {
      test('what is not known is shown once and harms nothing (fault A18)', async () => {
        const recording = await readRecording(agent, 'work')
        const strange = {out: unknown(recording)}
        const at = recording.lines.findLastIndex((line) => 'out' in line && /looked/.test(line.out))
        const lines = [...recording.lines]
        lines.splice(at, 0, strange, strange)
        const played = await playRecording(adapter, {...recording, lines}, {run: {settings}})
        const shown = of(played, 'status').filter(({text}) => text.includes('telepathy'))
        assert.equal(shown.length, 1)
        assert.equal(resultOf(played)?.outcome, 'completed')
      })
    }

    test('a run that is stopped while a tool works has not completed (fault D1)', async () => {
      const played = await play('stopped')
      assert.equal(of(played, 'tool_use').length, 1)
      assert.notEqual(resultOf(played)?.outcome, 'completed')
      if (facts.interrupts) assert.equal(resultOf(played)?.outcome, 'failed')
    })

    if (facts.asks) {
      test('a question that is open at a stop gets its answer, and it is no yes (faults E7, E8)', async () => {
        const recording = await readRecording(agent, 'asked')
        const at = recording.lines.findIndex(isQuestion)
        assert.ok(at > 0, 'it asks')
        const lines = recording.lines.slice(0, at + 1)
        let stop: (answer: AgentAnswer) => void = () => {}
        const stopped = new Promise<AgentAnswer>((resolve) => {
          stop = resolve
        })
        const before = lines.filter((line) => 'in' in line).length
        // A worker resolves the question when it stops the run.
        const stopping: AgentAdapter = {
          ...adapter,
          interrupt: async (io) => {
            stop({outcome: 'cancel'})
            await adapter.interrupt?.(io)
          },
        }
        const run = {settings, permissions: 'ask' as const, ask: () => stopped}
        const played = await playRecording(
          stopping,
          {...recording, lines, exit: {code: null, signal: 'SIGTERM'}},
          {hangs: true, run},
        )
        const answers = played.written.slice(before).join('')
        assert.match(answers, /cancel|deny/)
        assert.doesNotMatch(answers, /"allow|"accept|proceed_|"approved/)
        assert.notEqual(resultOf(played)?.outcome, 'completed')
      })
    }
  })

  /** The agent up to its first result of a tool. */
  async function half(): Promise<Recording> {
    const recording = await readRecording(agent, 'work')
    const at = recording.lines.findIndex((line) => 'out' in line && line.out.includes(PRINTED))
    const middle = at > 0 ? at : Math.floor(recording.lines.length / 2)
    return {...recording, lines: recording.lines.slice(0, middle + 1)}
  }
}

const isQuestion = (line: Recording['lines'][number]): boolean =>
  'out' in line && /request_permission|can_use_tool|requestApproval/.test(line.out)
