import assert from 'node:assert/strict'
import {describe, test} from 'node:test'
import {acp} from '../../src/agents/acp.js'
import {begun, calls, type Json, paramsOf, working} from '../support/acp-agent.js'
import {until} from '../support/until.js'

describe('a stop', () => {
  const permission = {
    jsonrpc: '2.0',
    id: 7,
    method: 'session/request_permission',
    params: {
      sessionId: 's',
      toolCall: {toolCallId: 'c', title: 'rm'},
      options: [
        {optionId: 'always', kind: 'allow_always'},
        {optionId: 'once', kind: 'allow_once'},
        {optionId: 'no', kind: 'reject_once'},
      ],
    },
  }
  const answered = ({id, result}: Json) => id === 7 && result !== undefined

  test('answers the open question with cancelled, then cancels the turn (fault E7)', async () => {
    const {talk, reply} = await working()
    talk.print(permission)
    const asked = await talk.question()
    const interrupted = acp.interrupt?.(talk.io)
    const {result} = await talk.wrote(answered)
    assert.deepEqual(result, {outcome: {outcome: 'cancelled'}})
    assert.equal(asked.withdrawn?.aborted, true)
    const order = talk.written.map(({method, id}) => method ?? id)
    assert.deepEqual(order.slice(-2), [7, 'session/cancel'])
    await reply('session/prompt', {stopReason: 'cancelled'})
    await interrupted
    asked.answer({outcome: 'allow'})
    await talk.end()
    assert.equal(talk.written.filter(answered).length, 1, 'answered once')
    assert.equal(talk.told.at(-1), 'failed: the agent cancelled its turn')
  })

  test('is no completed run, whatever the agent calls it', async () => {
    const {talk, reply, says} = await working()
    says('Half of it')
    const interrupted = acp.interrupt?.(talk.io)
    await reply('session/prompt', {stopReason: 'end_turn'})
    await interrupted
    await talk.end()
    assert.equal(talk.told.at(-1), 'failed: the agent cancelled its turn')
  })

  test('before the turn closes the input', async () => {
    const {talk} = await begun()
    await acp.interrupt?.(talk.io)
    assert.equal(talk.inputEnded, true)
    await talk.end()
  })

  const answers: [string, Json[], string][] = [
    ['allow', permission.params.options, 'once'],
    ['deny', permission.params.options, 'no'],
    ['allow', [{optionId: 'proceed', kind: 'allow_always'}], 'proceed'],
    ['allow', [{optionId: 'go', kind: 'new_kind'}], 'go'],
  ]
  for (const [outcome, options, expected] of answers) {
    test(`${outcome} is the option ${expected} of ${options.length}, by its kind (fault E8)`, async () => {
      const {talk} = await working()
      talk.print({...permission, params: {...permission.params, options}})
      const asked = await talk.question()
      asked.answer(outcome === 'allow' ? {outcome: 'allow'} : {outcome: 'deny'})
      const {result} = await talk.wrote(answered)
      assert.deepEqual(result, {outcome: {outcome: 'selected', optionId: expected}})
      await talk.end()
    })
  }

  test('a no without an option for it is a cancel', async () => {
    const {talk} = await working()
    const options = [{optionId: 'once', kind: 'allow_once'}]
    talk.print({...permission, params: {...permission.params, options}})
    const asked = await talk.question()
    asked.answer({outcome: 'deny'})
    const {result} = await talk.wrote(answered)
    assert.deepEqual(result, {outcome: {outcome: 'cancelled'}})
    await talk.end()
  })
})

describe('people', () => {
  test('are heard in the next prompt of the session, before the run ends', async () => {
    const {talk, reply, says} = await working()
    says('First.')
    const heard = talk.say('And the rest?')
    await reply('session/prompt', {stopReason: 'end_turn'})
    const prompts = () => talk.written.filter(calls('session/prompt'))
    await until('the next prompt is sent', () => prompts().length === 2)
    assert.equal(await heard, true)
    const [, next] = prompts()
    assert.deepEqual(paramsOf(next).prompt, [{type: 'text', text: 'And the rest?'}])
    says('Second.')
    talk.print({jsonrpc: '2.0', id: next?.id, result: {stopReason: 'end_turn'}})
    await until('it is over', () => talk.inputEnded)
    assert.equal(await talk.say('Too late'), false)
    await talk.end()
    assert.equal(talk.told.at(-1), 'completed: Second.')
  })

  test('fill in the forms of an agent, where somebody answers', async () => {
    const {talk} = await working({questions: true})
    const hello = talk.written.find(calls('initialize'))
    assert.deepEqual(paramsOf(hello).clientCapabilities, {elicitation: {form: {}}})
    const schema = {
      properties: {
        colour: {type: 'string', enum: ['red', 'blue']},
        why: {type: 'string'},
        count: {type: 'integer'},
      },
      required: ['colour'],
    }
    talk.print({
      jsonrpc: '2.0',
      id: 3,
      method: 'elicitation/create',
      params: {mode: 'form', message: 'Which colour?', requestedSchema: schema},
    })
    const asked = await talk.question()
    assert.deepEqual(
      asked.question.kind === 'question' &&
        asked.question.questions.map(({id, optional, numeric}) => [id, optional, numeric]),
      [
        ['colour', undefined, undefined],
        ['why', true, undefined],
        ['count', true, true],
      ],
    )
    asked.answer({outcome: 'answer', answers: {colour: ['blue'], why: [], count: ['3']}})
    const {result} = await talk.wrote(({id, result}) => id === 3 && result !== undefined)
    assert.deepEqual(result, {action: 'accept', content: {colour: 'blue', count: 3}})
    await talk.end()
  })
})
