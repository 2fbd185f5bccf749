import assert from 'node:assert/strict'
import {describe, test} from 'node:test'
import {claude} from '../../src/agents/claude.js'
import {AgentDialogue} from '../support/agent-dialogue.js'
import {sampleRun} from '../support/agent-player.js'
import {until} from '../support/until.js'

const mayUse = (id: string, tool: string, input: object) => ({
  type: 'control_request',
  request_id: id,
  request: {subtype: 'can_use_tool', tool_name: tool, tool_use_id: 'call-1', input},
})
const replyTo = (id: string) => (message: Record<string, unknown>) =>
  (message.response as {request_id?: string} | undefined)?.request_id === id
const responseOf = (message: Record<string, unknown>) =>
  (message.response as {response: unknown}).response
const result = (text: string) => ({
  type: 'result',
  subtype: 'success',
  is_error: false,
  result: text,
})
const lifecycle = (uuid: unknown, state: string) => ({
  type: 'command_lifecycle',
  command_uuid: uuid,
  state,
})

describe('Claude Code asks', () => {
  test('what it may do, and goes on talking while people think', async () => {
    const talk = new AgentDialogue(claude, {permissions: 'ask'})
    talk.print(mayUse('r1', 'Bash', {command: 'ls'}))
    const asked = await talk.question()
    const input = {command: 'ls'}
    assert.deepEqual(asked.question, {kind: 'permission', callId: 'call-1', tool: 'Bash', input})
    talk.print({type: 'assistant', message: {id: 'm', content: [{type: 'text', text: 'Hm.'}]}})
    await until('its words are told', () => talk.told.includes('text: Hm.'))
    asked.answer({outcome: 'allow'})
    const allowed = await talk.wrote(replyTo('r1'))
    assert.deepEqual(responseOf(allowed), {behavior: 'allow', updatedInput: input})
    talk.print(mayUse('r2', 'Write', {}), mayUse('r3', 'Write', {}))
    ;(await talk.question()).answer({outcome: 'deny', message: 'not on a Friday'})
    ;(await talk.question()).answer({outcome: 'cancel'})
    const denied = {behavior: 'deny', message: 'not on a Friday'}
    assert.deepEqual(responseOf(await talk.wrote(replyTo('r2'))), denied)
    const stopped = responseOf(await talk.wrote(replyTo('r3'))) as {interrupt: boolean}
    assert.equal(stopped.interrupt, true)
    await talk.end()
  })

  test('and withdraws what it asked: nothing is answered', async () => {
    const talk = new AgentDialogue(claude, {permissions: 'ask'})
    talk.print(mayUse('r1', 'Bash', {}))
    const asked = await talk.question()
    talk.print({type: 'control_cancel_request', request_id: 'r1'})
    await until('it is withdrawn', () => asked.withdrawn?.aborted)
    asked.answer({outcome: 'allow'})
    await talk.end()
    assert.equal(talk.written.some(replyTo('r1')), false)
  })

  test('questions with options, and gets the labels by their texts', async () => {
    const talk = new AgentDialogue(claude, {questions: true})
    const questions = [
      {
        question: 'Which colour?',
        header: 'Colour',
        options: [{label: 'Red', description: 'like fire'}, {label: 'Blue'}],
        multiSelect: true,
      },
      {question: 'And why?', options: []},
    ]
    talk.print(mayUse('r1', 'AskUserQuestion', {questions}))
    const asked = await talk.question()
    assert.deepEqual(asked.question, {
      kind: 'question',
      callId: 'call-1',
      questions: [
        {
          id: '1',
          header: 'Colour',
          text: 'Which colour?',
          options: [{label: 'Red', description: 'like fire'}, {label: 'Blue'}],
          multiple: true,
        },
        {id: '2', text: 'And why?', options: []},
      ],
    })
    asked.answer({outcome: 'answer', answers: {1: ['Red', 'Blue'], 2: ['because']}})
    assert.deepEqual(responseOf(await talk.wrote(replyTo('r1'))), {
      behavior: 'allow',
      updatedInput: {questions, answers: {'Which colour?': 'Red, Blue', 'And why?': 'because'}},
    })
    await talk.end()
  })

  test('for a form of a tool, which is filled in by the types of its fields', async () => {
    const talk = new AgentDialogue(claude, {questions: true})
    const properties = {
      name: {type: 'string', title: 'Your name'},
      count: {type: 'integer'},
      sure: {type: 'boolean'},
      size: {type: 'string', enum: ['s', 'l'], enumNames: ['Small', 'Large']},
    }
    const request = {
      subtype: 'elicitation',
      message: 'Tell me',
      requested_schema: {type: 'object', properties},
    }
    talk.print({type: 'control_request', request_id: 'r1', request})
    const asked = await talk.question()
    const {questions} = asked.question as Extract<typeof asked.question, {kind: 'question'}>
    assert.deepEqual(
      questions.map(({text, options}) => [text, options.map(({label}) => label)]),
      [
        ['Tell me\nYour name', []],
        ['count', []],
        ['sure', ['Yes', 'No']],
        ['size', ['Small', 'Large']],
      ],
    )
    const answers = {name: ['Ada'], count: ['3'], sure: ['Yes'], size: ['Large']}
    asked.answer({outcome: 'answer', answers})
    assert.deepEqual(responseOf(await talk.wrote(replyTo('r1'))), {
      action: 'accept',
      content: {name: 'Ada', count: 3, sure: true, size: 'l'},
    })
    await talk.end()
  })

  test('only where somebody answers (fault E7)', () => {
    const alone = claude.launch(sampleRun(claude)).argv
    assert.ok(alone.includes('bypassPermissions') && alone.includes('AskUserQuestion'))
    assert.ok(!alone.includes('--permission-prompt-tool'))
    const careful = claude.launch(sampleRun(claude, {permissions: 'ask'})).argv
    assert.ok(careful.includes('default') && careful.includes('AskUserQuestion'))
    assert.equal(careful[careful.indexOf('--permission-prompt-tool') + 1], 'stdio')
    const asking = claude.launch(sampleRun(claude, {permissions: 'ask', questions: true})).argv
    assert.ok(!asking.includes('AskUserQuestion'))
  })
})

describe('A message for Claude Code', () => {
  const spoken = (talk: AgentDialogue) =>
    talk.wrote((message) => JSON.stringify(message).includes('by the way'))

  for (const [what, run] of [
    ['may ask', {permissions: 'ask'}],
    ['asks nobody', {}],
  ] as const) {
    test(`that comes after the last tool of one that ${what} is a turn of its own, the last`, async () => {
      const talk = new AgentDialogue(claude, run)
      assert.equal(await talk.say('by the way'), true)
      const {uuid} = await spoken(talk)
      talk.print(lifecycle(uuid, 'queued'), result('one'))
      talk.print({type: 'assistant', message: {id: 'm', content: [{type: 'text', text: 'Next.'}]}})
      await until('the result is read', () => talk.told.includes('text: Next.'))
      assert.equal(await talk.say('too late'), false)
      assert.equal(talk.inputEnded, what === 'asks nobody')
      talk.print(lifecycle(uuid, 'started'), result('two'), result('three'))
      await until('the input ends', () => talk.inputEnded)
      await talk.end()
      assert.deepEqual(talk.told, ['text: Next.', 'completed: two'])
    })
  }

  test('that is taken into the turn needs no turn of its own', async () => {
    const talk = new AgentDialogue(claude)
    await talk.say('by the way')
    const {uuid} = await spoken(talk)
    talk.print(lifecycle(uuid, 'queued'), lifecycle(uuid, 'started'), result('both done'))
    await until('the run ends', () => talk.told.includes('completed: both done'))
    await talk.end()
    assert.deepEqual(talk.told, ['completed: both done'])
  })

  test('of a version that does not tell when it takes it: the end of its output decides', async () => {
    const talk = new AgentDialogue(claude)
    await talk.say('by the way')
    talk.print(result('one'), result('two'))
    await talk.end()
    assert.deepEqual(talk.told, ['completed: two'])
  })
})
