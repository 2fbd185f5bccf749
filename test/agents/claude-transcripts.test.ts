import assert from 'node:assert/strict'
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {test} from 'node:test'
import {claude} from '../../src/agents/claude.js'
import {describeEvents, type Playing, playAgent} from '../support/agent-player.js'

/** Recorded runs of Claude Code 2.1.197 and, with names in `next-`, 2.1.330. */
const GOLDEN = 'test/golden/claude'

interface Recording {
  version: string
  code: number | null
  signal: string | null
  stderr: string
  resume?: string
}

const json = async (name: string) => JSON.parse(await readFile(join(GOLDEN, name), 'utf8'))
const recordings: Record<string, Recording> = await json('runs.json')
const expected: Record<string, string[]> = await json('expected.json')

async function play(name: string): Promise<Playing> {
  const {code, signal, stderr, resume} = recordings[name] as Recording
  const text = await readFile(join(GOLDEN, `${name}.ndjson`), 'utf8')
  const lines = text.split('\n').slice(0, -1)
  const run = resume === undefined ? {} : {resumeSessionId: resume}
  return playAgent(claude, {lines, exit: {code, signal}, stderr}, run)
}

for (const name of Object.keys(recordings)) {
  test(`the recorded run ${name} is told as expected (faults A15, A16, A19)`, async () => {
    const {events} = await play(name)
    assert.deepEqual(describeEvents(events), expected[name])
    const results = events.filter(({type}) => type === 'result')
    assert.equal(results.length, 1, 'one end mark')
  })
}

test('an API error is a failure, whatever the subtype says (faults F2, G1, G3)', async () => {
  for (const name of ['err400', 'err401', 'err429', 'err500', 'err529', 'cut', 'nokey']) {
    const {events} = await play(name)
    const result = events.find(({type}) => type === 'result')
    assert.ok(result?.type === 'result' && result.outcome === 'failed', name)
    assert.ok(!result.sessionRejected, name)
    assert.ok(!events.some(({type}) => type === 'text'), `${name}: the agent said nothing`)
    assert.ok(!events.some((event) => event.type === 'session' && event.resumable), name)
  }
})

test('what a run has used leaves out the runs that it goes on from (fault N3)', async () => {
  const usage = (events: Playing['events']) =>
    events.flatMap((event) => (event.type === 'usage' ? [event.usage] : [])).at(-1)
  const first = usage((await play('next-tools')).events)
  const second = usage((await play('next-resume')).events)
  assert.equal(first?.input_tokens, 8282)
  assert.equal(second?.input_tokens, 2901)
  assert.ok(second?.cost_usd && second.cost_usd < 0.012, 'costs of the second run alone')
})

test('the prompt is written once, and the input stays open until the result', async () => {
  const {written, inputEndedAt} = await play('tools')
  assert.deepEqual(
    written.map((line) => JSON.parse(line)),
    [{type: 'user', message: {role: 'user', content: [{type: 'text', text: 'do it'}]}}],
  )
  const lines = (await readFile(join(GOLDEN, 'tools.ndjson'), 'utf8')).trim().split('\n')
  assert.equal(inputEndedAt, lines.length)
})

test('permission is granted with the input that was asked for (fault E7)', async () => {
  const {written} = await play('permission')
  const answers = written.slice(1).map((line) => JSON.parse(line))
  assert.deepEqual(
    answers.map(({response}) => [response.subtype, response.response.behavior]),
    [
      ['success', 'allow'],
      ['success', 'allow'],
    ],
  )
  assert.deepEqual(answers[1]?.response.response.updatedInput, {
    file_path: '/project/perm2.txt',
    content: 'x',
  })
  assert.equal(answers[0]?.response.request_id, '38e65680-28d0-429a-9215-12984f782305')
})
