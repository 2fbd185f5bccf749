import assert from 'node:assert/strict'
import {describe, test} from 'node:test'
import type {AgentAnswer} from '../../src/agents/adapter.js'
import {codex} from '../../src/agents/codex.js'
import {AgentDialogue} from '../support/agent-dialogue.js'
import {until} from '../support/until.js'

type Json = Record<string, unknown>

const calls = (method: string) => (message: Json) => message.method === method

/** A Codex whose turn runs. */
async function inTurn(run: ConstructorParameters<typeof AgentDialogue>[1] = {}) {
  const talk = new AgentDialogue(codex, run)
  const reply = async (method: string, result: Json) => {
    const {id} = await talk.wrote(calls(method))
    talk.print({id, result})
  }
  await reply('initialize', {})
  await reply('thread/start', {thread: {id: 'thread'}})
  await reply('turn/start', {turn: {id: 'turn-1'}})
  talk.print({method: 'turn/started', params: {threadId: 'thread'}})
  await until('the turn runs', () => talk.events.length >= 3)
  return talk
}

const said = (text: string) => ({
  method: 'item/completed',
  params: {threadId: 'thread', item: {type: 'agentMessage', id: text, text}},
})
const turnEnds = {
  method: 'turn/completed',
  params: {threadId: 'thread', turn: {status: 'completed'}},
}

describe('Codex asks', () => {
  const decisions: [string, Json, AgentAnswer, Json][] = [
    [
      'item/commandExecution/requestApproval',
      {command: 'ls'},
      {outcome: 'allow'},
      {decision: 'accept'},
    ],
    ['item/fileChange/requestApproval', {}, {outcome: 'deny'}, {decision: 'decline'}],
    ['item/fileChange/requestApproval', {}, {outcome: 'cancel'}, {decision: 'cancel'}],
    ['execCommandApproval', {command: ['ls', '-l']}, {outcome: 'allow'}, {decision: 'approved'}],
    ['applyPatchApproval', {fileChanges: {a: {}}}, {outcome: 'deny'}, {decision: 'denied'}],
    [
      'item/permissions/requestApproval',
      {permissions: {network: 1}},
      {outcome: 'allow'},
      {permissions: {network: 1}},
    ],
    [
      'item/permissions/requestApproval',
      {permissions: {network: 1}},
      {outcome: 'deny'},
      {permissions: {}},
    ],
    [
      'mcpServer/elicitation/request',
      {message: 'Sure?'},
      {outcome: 'answer', answers: {accept: ['Accept']}},
      {action: 'accept', content: {}},
    ],
    ['mcpServer/elicitation/request', {message: 'Sure?'}, {outcome: 'deny'}, {action: 'decline'}],
    [
      'item/tool/requestUserInput',
      {questions: [{id: 'q', question: 'Why?'}]},
      {outcome: 'answer', answers: {q: ['so']}},
      {answers: {q: {answers: ['so']}}},
    ],
    ['item/tool/requestUserInput', {questions: []}, {outcome: 'deny'}, {answers: {}}],
  ]
  for (const [method, params, answer, expected] of decisions) {
    test(`${method}: ${answer.outcome}`, async () => {
      const talk = await inTurn({permissions: 'ask', questions: true})
      talk.print({id: 0, method, params})
      ;(await talk.question()).answer(answer)
      const reply = await talk.wrote(({id, method: asked}) => id === 0 && asked === undefined)
      assert.deepEqual(reply.result, expected)
      await talk.end()
    })
  }

  test('for a command with its words and its reason', async () => {
    const talk = await inTurn({permissions: 'ask'})
    const params = {itemId: 'i', command: 'rm x', cwd: '/a', reason: 'to tidy up'}
    talk.print({id: 0, method: 'item/commandExecution/requestApproval', params})
    assert.deepEqual((await talk.question()).question, {
      kind: 'permission',
      callId: 'i',
      tool: 'exec_command',
      input: {command: 'rm x', cwd: '/a'},
      title: 'to tidy up',
    })
    await talk.end()
  })

  test('for a command that is a list, as one text', async () => {
    const talk = await inTurn({permissions: 'ask'})
    talk.print({id: 0, method: 'execCommandApproval', params: {command: ['ls', '-l']}})
    const {question} = await talk.question()
    assert.deepEqual('input' in question && question.input, {command: 'ls -l'})
    await talk.end()
  })

  test('and withdraws what it asked', async () => {
    const talk = await inTurn({permissions: 'ask'})
    talk.print({id: 7, method: 'item/fileChange/requestApproval', params: {}})
    const {withdrawn} = await talk.question()
    talk.print({method: 'serverRequest/resolved', params: {requestId: 7, threadId: 'thread'}})
    await until('it is withdrawn', () => withdrawn?.aborted)
    await talk.end()
  })
})

describe('A message for Codex', () => {
  test('goes into the turn that runs', async () => {
    const talk = await inTurn()
    const taken = talk.say('by the way')
    const steer = await talk.wrote(calls('turn/steer'))
    assert.deepEqual(steer.params, {
      threadId: 'thread',
      expectedTurnId: 'turn-1',
      input: [{type: 'text', text: 'by the way', text_elements: []}],
    })
    talk.print({id: steer.id, result: {turnId: 'turn-1'}})
    assert.equal(await taken, true)
    talk.print(said('done'), turnEnds)
    await talk.end()
    assert.equal(talk.told.at(-1), 'completed: done')
  })

  test('that cannot be steered makes the next turn, and the run ends with that', async () => {
    const talk = await inTurn()
    const taken = talk.say('by the way')
    const steer = await talk.wrote(calls('turn/steer'))
    talk.print({id: steer.id, error: {code: -32601, message: 'unknown'}}, said('one'), turnEnds)
    assert.equal(await taken, true)
    const next = await until('the next turn starts', () =>
      talk.written.filter(calls('turn/start')).at(1),
    )
    assert.match(JSON.stringify(next.params), /by the way/)
    assert.equal(talk.inputEnded, false)
    talk.print({id: next.id, result: {turn: {id: 'turn-2'}}}, said('two'), turnEnds)
    await talk.end()
    assert.deepEqual(
      talk.told.filter((line) => line.startsWith('completed')),
      ['completed: two'],
    )
  })

  test('that comes when the turn has ended is not taken', async () => {
    const talk = await inTurn()
    const taken = talk.say('too late')
    talk.print(said('done'), turnEnds)
    assert.equal(await taken, false)
    assert.equal(await talk.say('much too late'), false)
    await talk.end()
  })
})
