import assert from 'node:assert/strict'
import {tmpdir} from 'node:os'
import {test} from 'node:test'
import type {AgentEvent} from '../../src/agents/adapter.js'
import {command} from '../../src/agents/command.js'
import {startAgent} from '../../src/process-tree/start-agent.js'
import {describeEvents, playAgent, sampleRun} from '../support/agent-player.js'

/** Runs a program in JavaScript with a prompt, as the worker does. */
async function runScript(script: string, prompt = 'do it') {
  const settings = {type: 'command', command: [process.execPath], args: ['-e', script, 'arg']}
  const env = {PATH: process.env.PATH ?? '', GREETING: 'hi'}
  const run = sampleRun(command, {prompt, cwd: tmpdir(), settings, env})
  const status: string[] = []
  const agent = await startAgent(command.launch(run), run, {
    onStderrLine: (line) => status.push(line),
  })
  const events: AgentEvent[] = []
  for await (const event of command.events(agent.io, run)) events.push(event)
  await agent.io.exited
  agent.closePipes()
  return {events, told: describeEvents(events), status}
}

const say = (...messages: unknown[]) => messages.map((message) => JSON.stringify(message))
const tellLines = async (lines: readonly string[], exit = {code: 0, signal: null}) =>
  describeEvents((await playAgent(command, {lines, exit})).events)

test('plain lines are one text, which is the output', async () => {
  const {told} = await runScript('console.log("one\\n\\ntwo"); process.stdout.write("three")')
  assert.deepEqual(told, ['text in 5 pieces: one\n\ntwo\nthree', 'completed: one\n\ntwo\nthree'])
})

test('the program gets prompt, arguments, environment and the end of its input (fault E15)', async () => {
  const {told} = await runScript(
    `let all = ''
     process.stdin.on('data', (data) => (all += data)).on('end', () => {
       console.log(JSON.stringify({type: 'result', output: [all, process.argv[1], process.env.GREETING].join('|')}))
     })`,
    'Größe: 3\n"quoted"',
  )
  assert.deepEqual(told, ['completed: Größe: 3\n"quoted"\n|arg|hi'])
})

test('every shape of message is told', async () => {
  const lines = say(
    {type: 'text', content: 'I will run the tests.'},
    {type: 'thinking', text: 'hm'},
    {type: 'tool_use', tool: 'bash', call_id: 1, input: {command: 'ls'}, parent_call_id: 'p'},
    {type: 'tool_result', call_id: '1', output: {ok: true}, parent_call_id: 'p'},
    {type: 'tool_use', tool: 'read', call_id: null, input: null},
    {type: 'tool_result', content: 'gone', is_error: true},
    {type: 'status', content: 'waiting'},
    {type: 'error', text: 'held'},
    {type: 'usage', usage: {model: 'm', input_tokens: 120, output_tokens: 30, cost_usd: 0.01}},
    {type: 'session', session_id: 'abc'},
    {type: 'result', output: 'All tests pass.'},
  )
  assert.deepEqual(await tellLines(lines), [
    'text: I will run the tests.',
    'thinking: hm',
    'tool_use 1 of p: bash {"command":"ls"}',
    'tool_result 1 of p: bash: {\n  "ok": true\n}',
    'tool_use call-1: read {}',
    'tool_result call-1: read failed: gone',
    'status: waiting',
    'error: held',
    'usage {"model":"m","input_tokens":120,"output_tokens":30,"cache_read_tokens":null,"cache_write_tokens":null,"cost_usd":0.01}',
    'session abc, resumable',
    'completed: All tests pass.',
  ])
})

test('results without ids close the calls that were opened last', async () => {
  const use = (tool: string) => ({type: 'tool_use', tool})
  const result = (output: string) => ({type: 'tool_result', output})
  const lines = say(use('outer'), use('inner'), result('a'), result('b'), result('c'))
  assert.deepEqual((await tellLines(lines)).slice(2, 5), [
    'tool_result call-2: inner: a',
    'tool_result call-1: outer: b',
    'tool_result call-3: undefined: c',
  ])
})

test('what is no message is text, in its place', async () => {
  const lines = [
    '{"type": "unheard of"}',
    '{"type": "text", "content": 5}',
    '{broken',
    ...say({type: 'status', content: 's'}),
    ' {"type":"text","content":"indented"}',
    '[1]',
  ]
  assert.deepEqual(await tellLines(lines), [
    `text in 4 pieces: ${lines.slice(0, 3).join('\n')}`,
    'status: s',
    `text in 3 pieces: ${lines.slice(4).join('\n')}`,
    `completed: ${lines.slice(4).join('\n')}`,
  ])
})

test('the last text is the output: whole, and of the program itself', async () => {
  const piece = (content: string, block: string) => ({type: 'text', content, block})
  const lines = say(
    piece('not ', 'a'),
    piece('this', 'a'),
    piece('but ', 'b'),
    piece('that', 'b'),
    {type: 'text', content: 'a helper', parent_call_id: '1'},
    {type: 'thinking', content: 'done'},
  )
  assert.equal((await tellLines(lines)).at(-1), 'completed: but that')
})

test('another exit code, a signal and is_error are failures (fault G1)', async () => {
  const failed = async (script: string) => (await runScript(script)).told.at(-1)
  assert.equal(
    await failed('console.error("no licence"); console.log("half"); process.exitCode = 3'),
    'failed: the program exited with code 3: no licence',
  )
  assert.equal(
    await failed('process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000)'),
    'failed: the program was ended by SIGKILL',
  )
  const result = (more: object) => say({type: 'result', is_error: true, ...more})
  assert.equal((await tellLines(result({error: 'why'}))).at(-1), 'failed: why')
  assert.equal((await tellLines(result({output: 'what'}))).at(-1), 'failed: what')
  assert.match((await tellLines(result({}))).at(-1) ?? '', /^failed: the program reported an error/)
})

test('standard error is told as it comes and never blocks the program (fault D6)', async () => {
  const {status, told} = await runScript(
    `console.error("first"); console.error("x".repeat(500_000)); console.error("last"); console.log("out")`,
  )
  assert.deepEqual([status[0], status[1]?.length, status[2]], ['first', 500_000, 'last'])
  assert.equal(told.at(-1), 'completed: out')
})

test('a program that answers before it reads a long prompt blocks nobody (fault E2)', async () => {
  const {told} = await runScript(
    `process.stdout.write(("y".repeat(29_999) + "\\n").repeat(100), () => {
       let size = 0
       process.stdin.on('data', (data) => (size += data.length)).on('end', () => {
         console.log(JSON.stringify({type: 'result', output: String(size)}))
       })
     })`,
    'p'.repeat(3_000_000),
  )
  assert.equal(told.at(-1), 'completed: 3000001')
})

test('a program that reads no prompt at all is no error', async () => {
  const {told} = await runScript(
    'process.stdin.destroy(); console.log("ok")',
    'p'.repeat(3_000_000),
  )
  assert.equal(told.at(-1), 'completed: ok')
})

test('figures of usage are made to fit, and a session id that is too long is text', async () => {
  const odd = {model: 'm'.repeat(300), input_tokens: 10.6, output_tokens: 1e300, cost_usd: 0.5}
  const session = JSON.stringify({type: 'session', session_id: 's'.repeat(501)})
  const told = await tellLines([...say({type: 'usage', usage: odd}), session])
  const usage = JSON.parse(told[0]?.replace('usage ', '') ?? '')
  assert.deepEqual(
    [usage.model.length, usage.input_tokens, usage.output_tokens, usage.cost_usd],
    [200, 11, Number.MAX_SAFE_INTEGER, 0.5],
  )
  assert.equal(told[1], `text in 2 pieces: ${session}`)
})
