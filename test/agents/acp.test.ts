import assert from 'node:assert/strict'
import {describe, test} from 'node:test'
import {CAN_LOAD, type Json, paramsOf, working} from '../support/acp-agent.js'
import {until} from '../support/until.js'

describe('a turn over ACP', () => {
  test('is told with its texts, thoughts and tools, and ends with the last words', async () => {
    const {talk, reply, update, says} = await working({}, CAN_LOAD)
    update('agent_thought_chunk', {content: {type: 'text', text: 'Hm.'}})
    says('Let me ')
    says('look.')
    update('tool_call', {
      toolCallId: 'c',
      title: 'ls',
      kind: 'execute',
      status: 'in_progress',
      rawInput: {command: 'ls'},
    })
    update('tool_call_update', {toolCallId: 'c', status: 'completed', rawOutput: 'a\nb'})
    says('Done.')
    await reply('session/prompt', {stopReason: 'end_turn'})
    await until('the input is closed', () => talk.inputEnded)
    await talk.end()
    assert.deepEqual(talk.told, [
      'session s',
      'session s, resumable',
      'thinking in 2 pieces: Hm.',
      'text in 3 pieces: Let me look.',
      'tool_use c: execute {"command":"ls"}',
      'tool_result c: execute: a\nb',
      'text in 2 pieces: Done.',
      'completed: Done.',
    ])
  })

  test('offers neither files nor terminals, and names no servers of tools', async () => {
    const {talk} = await working()
    const [hello, opening, prompt] = talk.written
    assert.deepEqual(paramsOf(hello).clientCapabilities, {})
    assert.deepEqual(opening?.params, {cwd: '/project', mcpServers: []})
    assert.deepEqual(prompt?.params, {sessionId: 's', prompt: [{type: 'text', text: 'do it'}]})
    await talk.end()
  })

  test('has the words that come after its end (fault A14)', async () => {
    const {talk, reply, says} = await working()
    says('The answer ')
    await reply('session/prompt', {stopReason: 'end_turn'})
    says('is 42.')
    await until('the input is closed', () => talk.inputEnded)
    await talk.end()
    assert.equal(talk.told.at(-1), 'completed: is 42.')
    assert.equal(talk.events.filter(({type}) => type === 'result').length, 1)
  })

  test('tells a call when it begins, whatever speaks of it first (fault A16)', async () => {
    const {talk, update} = await working()
    update('tool_call_update', {
      toolCallId: 'late',
      status: 'completed',
      title: 'read it',
      kind: 'read',
      locations: [{path: '/project/a.txt'}],
      content: [{type: 'content', content: {type: 'text', text: 'words'}}],
    })
    talk.print({
      jsonrpc: '2.0',
      id: 7,
      method: 'session/request_permission',
      params: {
        sessionId: 's',
        toolCall: {toolCallId: 'asked', title: 'rm', kind: 'execute', rawInput: {command: 'rm'}},
        options: [{optionId: 'yes', kind: 'allow_once', name: 'Yes'}],
      },
    })
    const asked = await talk.question()
    assert.deepEqual(asked.question, {
      kind: 'permission',
      callId: 'asked',
      tool: 'execute',
      input: {command: 'rm'},
      title: 'rm',
    })
    asked.answer({outcome: 'allow'})
    await talk.wrote(({id, result}) => id === 7 && result !== undefined)
    await talk.end()
    assert.deepEqual(talk.told, [
      'session s',
      'tool_use late: read {"path":"/project/a.txt","title":"read it","content":"words"}',
      'tool_result late: read: words',
      'tool_use asked: execute {"command":"rm"}',
    ])
  })

  test('waits a moment for the input of a call, and tells it without one then (fault A16)', async () => {
    const {talk, update} = await working()
    const pending = {kind: 'execute', status: 'pending', rawInput: {}}
    update('tool_call', {toolCallId: 'a', title: 'Terminal', ...pending})
    update('tool_call_update', {toolCallId: 'a', title: 'ls', rawInput: {command: 'ls'}})
    update('tool_call', {toolCallId: 'b', title: 'Terminal', ...pending})
    const told = (id: string) => () =>
      talk.events.find((event) => event.type === 'tool_use' && event.callId === id)
    await until('the call is told', told('b'))
    await talk.end()
    assert.deepEqual(talk.told.slice(1), [
      'tool_use a: execute {"command":"ls"}',
      'tool_use b: execute {"title":"Terminal"}',
    ])
  })

  test('shows a change as lines, a failing program as failed, and each once (faults A17, A19)', async () => {
    const {talk, update} = await working()
    const change = {type: 'diff', path: '/project/a', oldText: 'old\n', newText: 'new\nlines\n'}
    update('tool_call', {toolCallId: 'e', kind: 'edit', status: 'in_progress', title: 'Edit'})
    update('tool_call_update', {toolCallId: 'e', status: 'completed', content: [change]})
    update('tool_call_update', {toolCallId: 'e', status: 'completed', content: [change]})
    const raw = {aggregated_output: 'no such file\n', exit_code: 2}
    update('tool_call', {toolCallId: 'f', kind: 'execute', status: 'in_progress', title: 'ls'})
    update('tool_call_update', {toolCallId: 'f', status: 'completed', rawOutput: raw})
    update('tool_call', {toolCallId: 'g', kind: 'fetch', status: 'in_progress', title: 'get'})
    update('tool_call_update', {toolCallId: 'g', status: 'failed', rawOutput: {error: 'refused'}})
    await until('all is told', () => talk.told.at(-1)?.includes('refused'))
    await talk.end()
    assert.deepEqual(
      talk.told.filter((line) => line.startsWith('tool_result')),
      [
        'tool_result e: edit: --- /project/a\n-old\n+new\n+lines',
        'tool_result f: execute failed: no such file\n',
        'tool_result g: fetch failed: refused',
      ],
    )
  })

  test('names the call that began a sub-agent with what it does', async () => {
    const {talk, update} = await working()
    const meta = {_meta: {claudeCode: {parentToolUseId: 'task'}}}
    update('agent_message_chunk', {content: {type: 'text', text: 'sub'}, ...meta})
    update('tool_call', {toolCallId: 'c', kind: 'read', status: 'in_progress', title: 'r', ...meta})
    await until('the call is told', () => talk.events.some(({type}) => type === 'tool_use'))
    await talk.end()
    assert.deepEqual(talk.told.slice(1), [
      'text of task in 2 pieces: sub',
      'tool_use c of task: read {"title":"r"}',
    ])
  })

  test('shows a plan when it changes, and what is not known once (fault A18)', async () => {
    const {talk, update} = await working()
    const plan = {entries: [{content: 'look', status: 'pending', priority: 'high'}]}
    update('plan', plan)
    update('plan', plan)
    update('telepathy', {strength: 9})
    update('telepathy', {strength: 10})
    update('available_commands_update', {availableCommands: []})
    talk.print({jsonrpc: '2.0', method: 'session/dream', params: {}})
    await until('all is told', () => talk.told.at(-1)?.includes('dream'))
    await talk.end()
    assert.deepEqual(talk.told.slice(1), [
      'status: plan:\n- [pending] look',
      'status: event telepathy: {"sessionUpdate":"telepathy","strength":9}',
      'status: event session/dream: {}',
    ])
  })

  test('takes what is no message, and requests that are not supported', async () => {
    const {talk} = await working()
    talk.print({jsonrpc: '2.0', id: 0, method: 'fs/read_text_file', params: {path: '/etc/passwd'}})
    const refusal = await talk.wrote(({error}) => error !== undefined)
    assert.equal((refusal.error as Json).code, -32601)
    await talk.end()
    assert.match(talk.told.at(-1) ?? '', /fs\/read_text_file, which is not supported/)
  })
})

describe('the end of a turn', () => {
  const ends: [string, RegExp][] = [
    ['max_tokens', /^failed: the agent stopped at its limit of tokens$/],
    ['max_turn_requests', /^failed: the agent stopped at its limit of requests/],
    ['refusal', /^failed: the agent refused to go on$/],
    ['cancelled', /^failed: the agent cancelled its turn$/],
    ['bored', /^failed: the agent ended its turn with bored$/],
  ]
  for (const [reason, expected] of ends) {
    test(`by ${reason} is a failure that says so (faults G1, G3)`, async () => {
      const {talk, reply, says} = await working()
      says('Half of it')
      await reply('session/prompt', {stopReason: reason})
      await until('it is over', () => talk.inputEnded)
      await talk.end()
      assert.match(talk.told.at(-1) ?? '', expected)
    })
  }

  test('by an error has the words of the model and what a person can do (faults G1, G5)', async () => {
    const settings = {type: 'acp', command: ['/usr/bin/gemini']}
    const {talk, refuse} = await working({settings})
    const message = '{"error":{"code":401,"message":"no such key","status":"UNAUTHENTICATED"}}'
    await refuse('session/prompt', {code: 401, message})
    await until('it is over', () => talk.inputEnded)
    await talk.end()
    assert.equal(
      talk.told.at(-1),
      'failed: gemini: 401 no such key (code 401) (sign in with `gemini`, or set GEMINI_API_KEY)',
    )
  })

  test('that never comes is no end (fault G2)', async () => {
    const {talk, says} = await working()
    says('Half of')
    await until('it is told', () => talk.told.length > 1)
    await talk.end()
    assert.ok(!talk.events.some(({type}) => type === 'result'))
    assert.equal(talk.told.at(-1), 'text in 2 pieces: Half of')
  })
})
