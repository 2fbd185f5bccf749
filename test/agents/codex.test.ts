import assert from 'node:assert/strict'
import {describe, test} from 'node:test'
import {codex} from '../../src/agents/codex.js'
import {AgentDialogue} from '../support/agent-dialogue.js'

type Json = Record<string, unknown>

const calls = (method: string) => (message: Json) => message.method === method

async function opened(run: ConstructorParameters<typeof AgentDialogue>[1] = {}) {
  const talk = new AgentDialogue(codex, run)
  const {id} = await talk.wrote(calls('initialize'))
  talk.print({id, result: {}})
  return {talk, thread: await talk.wrote(calls('thread/start'))}
}

describe('Codex', () => {
  test('a step that it refuses fails the run in its words', async () => {
    const {talk, thread} = await opened()
    talk.print({id: thread.id, error: {code: -32600, message: 'no such model'}})
    await talk.end()
    assert.match(talk.told.join('\n'), /codex thread\/start failed: .*no such model/)
  })

  test('has no sandbox of its own unless people are asked, and then a network', async () => {
    const free = await opened({permissions: 'bypass'})
    await free.talk.end()
    const asking = await opened({permissions: 'ask'})
    await asking.talk.end()
    const paramsOf = ({thread}: {thread: Json}) => thread.params as Json
    assert.equal(paramsOf(free).sandbox, 'danger-full-access')
    assert.equal(paramsOf(asking).sandbox, 'workspace-write')
    assert.match(JSON.stringify(paramsOf(asking).config), /"network_access":true/)
  })

  test('is refused what nobody here knows, and that is shown', async () => {
    const {talk, thread} = await opened()
    talk.print({id: thread.id, result: {thread: {id: 'thread'}}})
    talk.print({id: 77, method: 'item/telepathy/request', params: {}})
    const reply = await talk.wrote(({id, method}) => id === 77 && method === undefined)
    assert.equal((reply.error as Json).code, -32601)
    await talk.end()
    assert.match(talk.told.join('\n'), /item\/telepathy\/request, which is not supported/)
  })
})
