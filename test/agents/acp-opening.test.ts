import assert from 'node:assert/strict'
import {describe, test} from 'node:test'
import {acp} from '../../src/agents/acp.js'
import {begun, CAN_LOAD, CAN_RESUME, calls, paramsOf, working} from '../support/acp-agent.js'
import {sampleRun} from '../support/agent-player.js'
import {until} from '../support/until.js'

describe('an earlier session', () => {
  const resumeSessionId = 's'
  test('is told again by a load, and nothing of that reaches the transcript (fault A15)', async () => {
    const {talk, reply, update, says} = await begun({resumeSessionId}, CAN_LOAD)
    const {id, params} = await talk.wrote(calls('session/load'))
    assert.deepEqual(params, {cwd: '/project', mcpServers: [], sessionId: 's'})
    update('user_message_chunk', {content: {type: 'text', text: 'old question'}})
    says('old answer')
    update('tool_call', {toolCallId: 'old', status: 'completed', title: 'old'})
    talk.print({jsonrpc: '2.0', id, result: {}})
    // Some go on telling when they have answered.
    says('older answer')
    await talk.wrote(calls('session/prompt'))
    says('New.')
    await reply('session/prompt', {stopReason: 'end_turn'})
    await until('it is over', () => talk.inputEnded)
    await talk.end()
    assert.deepEqual(talk.told, [
      'session s',
      'session s, resumable',
      'text in 2 pieces: New.',
      'completed: New.',
    ])
  })

  test('is resumed without a replay where the agent can, else loaded', async () => {
    const {talk, refuse, reply} = await begun({resumeSessionId}, CAN_RESUME)
    await refuse('session/resume', {code: -32601, message: 'Method not found'})
    await reply('session/load', {})
    await talk.wrote(calls('session/prompt'))
    await talk.end()
    const other = await begun({resumeSessionId}, CAN_RESUME)
    await other.reply('session/resume', {sessionId: 'another'})
    const {params} = await other.talk.wrote(calls('session/prompt'))
    assert.equal(paramsOf({params}).sessionId, 'another', 'the id that came back counts (F4)')
    await other.talk.end()
  })

  test('that is gone is rejected, and so is one of an agent that resumes none (fault F1)', async () => {
    const {talk, refuse} = await begun({resumeSessionId}, CAN_LOAD)
    await refuse('session/load', {code: -32002, message: 'Resource not found'})
    await until('it is over', () => talk.inputEnded)
    await talk.end()
    assert.deepEqual(talk.told, [
      'failed, session rejected: the agent: Resource not found (code -32002)',
    ])
    const other = await begun({resumeSessionId})
    await until('it is over', () => other.talk.inputEnded)
    await other.talk.end()
    assert.match(other.talk.told[0] ?? '', /^failed, session rejected: .*cannot go on/)
  })

  test('that Qwen Code loads without having one is rejected (fault F5)', async () => {
    const settings = {type: 'acp', command: ['qwen']}
    const {talk, reply} = await begun({resumeSessionId, settings}, CAN_RESUME)
    await reply('session/load', {})
    await until('it is over', () => talk.inputEnded)
    await talk.end()
    assert.equal(talk.told[0], 'failed, session rejected: qwen knows no session s')
  })

  test('is told to be resumable when there is something in it, not before (fault F2)', async () => {
    const {talk, says} = await working({}, CAN_LOAD)
    await until('the session is told', () => talk.told.length === 1)
    assert.deepEqual(talk.told, ['session s'])
    says('Hi')
    await until('more is told', () => talk.told.length > 1)
    assert.equal(talk.told[1], 'session s, resumable')
    await talk.end()
  })
})

describe('signing in', () => {
  const settings = {type: 'acp', command: ['gemini']}
  const hello = {authMethods: [{id: 'oauth-personal'}, {id: 'gemini-api-key'}]}
  const needed = {code: -32000, message: 'Authentication required'}

  test('happens when it is needed, by the key that is there', async () => {
    const agent = await begun({settings, env: {GEMINI_API_KEY: 'k'}}, hello)
    const {id} = await agent.talk.wrote(calls('session/new'))
    agent.talk.print({jsonrpc: '2.0', id, error: needed})
    const {params} = await agent.talk.wrote(calls('authenticate'))
    assert.deepEqual(params, {methodId: 'gemini-api-key'})
    await agent.reply('authenticate', {})
    await until('it asks again', () => agent.talk.written.filter(calls('session/new')).length === 2)
    await agent.talk.end()
  })

  test('that only a person can do fails at once with what to do (fault E7)', async () => {
    const {talk, refuse} = await begun({settings}, hello)
    await refuse('session/new', needed)
    await until('it is over', () => talk.inputEnded)
    await talk.end()
    assert.match(talk.told[0] ?? '', /^failed: gemini: .*sign in with `gemini`/)
  })

  test('by variables works for agents that nothing is known of', async () => {
    const method = {id: 'key', type: 'env_var', vars: [{name: 'SOME_KEY'}]}
    const {talk, refuse} = await begun({env: {SOME_KEY: 'k'}}, {authMethods: [method]})
    await refuse('session/new', needed)
    const {params} = await talk.wrote(calls('authenticate'))
    assert.deepEqual(params, {methodId: 'key'})
    await talk.end()
  })
})

describe('a model', () => {
  test('is chosen among those that are offered, with or without its provider', async () => {
    const settings = {type: 'acp', command: ['x'], model: 'big'}
    const {talk, reply} = await begun({settings})
    const options = [{value: 'acme/small'}, {value: 'acme/big'}]
    await reply('session/new', {
      sessionId: 's',
      configOptions: [{id: 'm', category: 'model', currentValue: 'acme/small', options}],
    })
    const {params} = await talk.wrote(calls('session/set_config_option'))
    assert.deepEqual(params, {sessionId: 's', configId: 'm', value: 'acme/big'})
    await reply('session/set_config_option', {})
    await talk.wrote(calls('session/prompt'))
    await talk.end()
  })

  test('that is refused fails with the list of those that are offered', async () => {
    const settings = {type: 'acp', command: ['x'], model: 'huge'}
    const {talk, reply, refuse} = await begun({settings})
    const availableModels = [{modelId: 'small'}, {modelId: 'big'}]
    await reply('session/new', {sessionId: 's', models: {availableModels}})
    await refuse('session/set_model', {code: -32602, message: 'no such model'})
    await until('it is over', () => talk.inputEnded)
    await talk.end()
    assert.match(talk.told.at(-1) ?? '', /no such model .*it offers the models small, big$/)
  })
})

test('programs are started as their presets say, and what a user gives comes after', () => {
  const argv = (command: string[], more: object = {}) =>
    acp.launch(sampleRun(acp, {settings: {type: 'acp', command, ...more}})).argv
  assert.deepEqual(argv(['/bin/gemini'], {model: 'm', args: ['-d']}), [
    '/bin/gemini',
    '--acp',
    '--model',
    'm',
    '-d',
  ])
  assert.deepEqual(argv(['opencode']), ['opencode', 'acp'])
  assert.deepEqual(argv(['qwen', '--acp', '-x']), ['qwen', '--acp', '-x'])
  assert.deepEqual(argv(['npx', 'some-agent']), ['npx', 'some-agent'])
  assert.deepEqual(argv(['npx', '-y', '@google/gemini-cli'], {preset: 'gemini'}), [
    'npx',
    '-y',
    '@google/gemini-cli',
    '--acp',
  ])
})
