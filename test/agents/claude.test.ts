import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {AgentExit, AgentRun} from '../../src/agents/adapter.js'
import {claude} from '../../src/agents/claude.js'
import {describeEvents, playAgent, sampleRun} from '../support/agent-player.js'

type Json = Record<string, unknown>

/** Plays events, or lines that are none, and tells what came of them. */
async function tell(
  lines: readonly (Json | string)[],
  run: Partial<AgentRun> = {},
  exit?: AgentExit,
) {
  const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
  const playing = await playAgent(claude, {lines: texts, ...(exit && {exit})}, run)
  return {...playing, told: describeEvents(playing.events)}
}

const assistant = (content: unknown, more: Json = {}): Json => ({
  type: 'assistant',
  message: {id: 'm1', model: 'claude', content},
  ...more,
})
const piece = (event: Json, parent: string | null = null): Json => ({
  type: 'stream_event',
  event,
  parent_tool_use_id: parent,
})
const begin = (type: string) =>
  piece({type: 'content_block_start', index: 0, content_block: {type, text: ''}})
const delta = (text: string) =>
  piece({type: 'content_block_delta', index: 0, delta: {type: 'text_delta', text}})
const DONE = {type: 'result', subtype: 'success', is_error: false, result: 'done'}

test('the words of sub-agents belong to the call that started them', async () => {
  const of = {parent_tool_use_id: 'call-1'}
  const {told} = await tell([
    assistant([{type: 'tool_use', id: 'call-1', name: 'Task', input: {prompt: 'look'}}]),
    begin('text'),
    delta('meanwhile '),
    assistant([{type: 'text', text: 'I look.'}], of),
    assistant([{type: 'tool_use', id: 'call-2', name: 'Read', input: {file: 'a'}}], of),
    {
      type: 'user',
      message: {
        content: [
          {
            type: 'tool_result',
            tool_use_id: 'call-2',
            content: [{type: 'text', text: 'A'}, {type: 'image'}],
          },
        ],
      },
      ...of,
    },
    assistant([{type: 'text', text: 'meanwhile more'}]),
    {
      type: 'user',
      message: {content: [{type: 'tool_result', tool_use_id: 'call-1', content: 'seen'}]},
    },
    DONE,
  ])
  assert.deepEqual(told, [
    'tool_use call-1: Task {"prompt":"look"}',
    'text (open): meanwhile ',
    'text of call-1: I look.',
    'tool_use call-2 of call-1: Read {"file":"a"}',
    'tool_result call-2 of call-1: Read: A\n[image]',
    'text: more',
    'tool_result call-1: Task: seen',
    'completed: done',
  ])
})

test('what came in pieces is not said twice', async () => {
  const {told} = await tell([
    begin('thinking'),
    piece({type: 'content_block_delta', delta: {thinking: 'hm'}}),
    assistant([{type: 'thinking', thinking: 'hm'}]),
    begin('text'),
    delta('Hello '),
    delta('world'),
    assistant([{type: 'text', text: 'Hello world.'}]),
    piece({type: 'content_block_stop', index: 0}),
    begin('text'),
    delta('The end\n'),
    assistant([{type: 'text', text: 'The end'}]),
    assistant([{type: 'text', text: 'Not in pieces.'}]),
    DONE,
  ])
  assert.deepEqual(told, [
    'thinking in 2 pieces: hm',
    'text in 3 pieces: Hello world.',
    'text in 2 pieces: The end\n',
    'text: Not in pieces.',
    'completed: done',
  ])
})

test('an answer that comes anew after a broken one is told whole', async () => {
  const {told} = await tell([
    begin('text'),
    delta('I would sug'),
    {type: 'system', subtype: 'api_retry', attempt: 1, max_retries: 10, error_status: 529},
    assistant([{type: 'text', text: 'Let me look.'}]),
    DONE,
  ])
  assert.deepEqual(told, [
    'text (open): I would sug',
    "status: the model's API failed (529); retry 1 of 10",
    'text: Let me look.',
    'completed: done',
  ])
})

test('unknown events are shown once and counted, and what is no event is shown (fault A18)', async () => {
  const {told, events} = await tell([
    'Debugger attached.',
    {type: 'telepathy', thought: 1},
    {type: 'telepathy', thought: 2},
    {type: 'system', subtype: 'weather'},
    {type: 'system', subtype: 'task_started'},
    {type: 'control_cancel_request', request_id: '1'},
    assistant([{type: 'hologram', id: 'h'}]),
    '{"no": "type"}',
    '',
    DONE,
  ])
  assert.deepEqual(told, [
    'status: Debugger attached.',
    'status: event telepathy: {"type":"telepathy","thought":1}',
    'status: event system/weather: {"type":"system","subtype":"weather"}',
    'status: event assistant/hologram: {"type":"hologram","id":"h"}',
    'status: {"no": "type"}',
    'completed: done',
  ])
  assert.equal(events.filter(({type}) => type === 'progress').length, 3)
})

test('members of another type do not hide an event (fault A18)', async () => {
  const {told, written} = await tell([
    {type: 'system', subtype: 'api_retry', attempt: 'first', error_status: '529'},
    assistant([{type: 'tool_use', id: 'c', name: 'Bash', input: 'ls'}], {parent_tool_use_id: 7}),
    {type: 'control_request', request_id: 'r', request: {subtype: 'can_use_tool', input: 'ls'}},
    {type: 'user', message: {content: [{tool_use_id: 'c', content: {a: 1}, is_error: 'no'}]}},
    {...DONE, usage: 'much', modelUsage: [], num_turns: '3', total_cost_usd: null},
  ])
  assert.deepEqual(told, [
    "status: the model's API failed (529); trying again",
    'tool_use c: Bash {"input":"ls"}',
    'tool_result c: Bash: {\n  "a": 1\n}',
    'completed: done',
  ])
  assert.equal(written.length, 2)
})

test('what is said behind the end mark is still told (fault A14)', async () => {
  const {told} = await tell([
    assistant([{type: 'text', text: 'Nearly.'}]),
    DONE,
    assistant([{type: 'text', text: 'The last words.'}]),
  ])
  assert.ok(told.includes('text: The last words.'), told.join('\n'))
  assert.ok(told.includes('completed: done'))
})

test('a stream that is cut has no positive end (faults E6, G2)', async () => {
  const lines = [assistant([{type: 'text', text: 'I begin.'}])]
  assert.deepEqual((await tell(lines)).told, ['text: I begin.'])
  const killed = await tell(lines, {}, {code: null, signal: 'SIGKILL'})
  assert.ok(!killed.told.some((line) => line.startsWith('completed')))
})

test('the reason of a death comes from standard error (fault G4)', async () => {
  const told = async (exit: AgentExit, stderr: string) =>
    describeEvents((await playAgent(claude, {lines: [], exit, stderr})).events)
  assert.deepEqual(await told({code: 1, signal: null}, 'a\nb\nc\nd\ne\nf'), [
    'failed: claude exited with code 1: b\nc\nd\ne\nf',
  ])
  assert.deepEqual(await told({code: null, signal: 'SIGSEGV'}, 'x'), [
    'failed: claude was ended by SIGSEGV: x',
  ])
  assert.deepEqual(await told({code: 0, signal: null}, 'a warning'), [])
})

test('a session that cannot be used again is said to be rejected (faults F1, F3, F8, F9)', async () => {
  const resume = {resumeSessionId: 's-1'}
  const init = {type: 'system', subtype: 'init', session_id: 's-1'}
  const full = {type: 'result', subtype: 'success', result: '', terminal_reason: 'prompt_too_long'}
  assert.equal(
    (await tell([init, full], resume)).told.at(-1),
    "failed, session rejected: the conversation is too long for claude's model",
  )
  assert.match((await tell([init, full])).told.at(-1) ?? '', /^failed: the conversation/)
  const bad = {
    type: 'result',
    subtype: 'success',
    is_error: true,
    api_error_status: 400,
    result: 'no',
  }
  assert.equal((await tell([init, bad], resume)).told.at(-1), 'failed, session rejected: no')
  const error = {type: 'result', subtype: 'error_during_execution', is_error: true}
  assert.match((await tell([error], resume)).told.at(-1) ?? '', /^failed, session rejected/)
  assert.match((await tell([init, error], resume)).told.at(-1) ?? '', /^failed: claude stopped/)
})

test('arguments of the user cannot break the protocol', () => {
  const args = ['--output-format', 'text', '--model', 'x', '--resume=abc', '-c', '--add-dir', '/a']
  const settings = {
    type: 'claude',
    command: ['claude'],
    model: 'opus',
    args: [...args, '-p', '-r', 'id'],
  }
  const run = sampleRun(claude, {settings, maxTurns: 3, resumeSessionId: 's'})
  const {argv} = claude.launch(run)
  assert.deepEqual(argv.slice(-4), ['--model', 'x', '--add-dir', '/a'])
  const valueAfter = (flag: string) => argv[argv.indexOf(flag) + 1]
  assert.equal(valueAfter('--output-format'), 'stream-json')
  assert.equal(valueAfter('--input-format'), 'stream-json')
  assert.equal(valueAfter('--model'), 'opus')
  assert.equal(valueAfter('--max-turns'), '3')
  assert.equal(valueAfter('--resume'), 's')
  assert.ok(!argv.includes('text') && !argv.includes('id'))
})

test('every question of the program is answered, and a form is declined (fault E7)', async () => {
  const ask = (request_id: string, subtype: string) => ({
    type: 'control_request',
    request_id,
    request: {subtype},
  })
  const questions = ['can_use_tool', 'elicitation', 'hook_callback', 'something_new'] as const
  const {written} = await tell(questions.map((subtype) => ask(`for ${subtype}`, subtype)))
  const byId = (a: {request_id: string}, b: {request_id: string}) =>
    questions.indexOf(a.request_id.slice(4) as never) -
    questions.indexOf(b.request_id.slice(4) as never)
  assert.deepEqual(
    written
      .slice(1)
      .map((line) => JSON.parse(line).response)
      .sort(byId),
    [{behavior: 'allow', updatedInput: {}}, {action: 'decline'}, {}, {}].map((response, turn) => ({
      subtype: 'success',
      request_id: `for ${questions[turn]}`,
      response,
    })),
  )
})

test('an interrupt is a control request', async () => {
  const written: string[] = []
  await claude.interrupt?.({
    stdout: (async function* () {})(),
    write: async (text) => void written.push(text),
    endInput: () => undefined,
    exited: new Promise(() => undefined),
    stderrTail: () => '',
  })
  assert.deepEqual(
    written.map((line) => JSON.parse(line).request),
    [{subtype: 'interrupt'}],
  )
})
