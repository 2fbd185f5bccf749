import assert from 'node:assert/strict'
import {describe, test} from 'node:test'
import {begun, CAN_LOAD, calls, working} from '../support/acp-agent.js'
import type {AgentDialogue} from '../support/agent-dialogue.js'
import {until} from '../support/until.js'

describe('usage over ACP', () => {
  const usageOf = (talk: AgentDialogue) =>
    talk.events.flatMap((event) => (event.type === 'usage' ? [event.usage] : [])).at(-1)

  test('counts the cache once, whichever way the agent counts (fault N3)', async () => {
    for (const [total, input] of [
      [155, 100],
      [133, 78],
    ]) {
      const {talk, reply} = await working()
      const usage = {inputTokens: 100, outputTokens: 33, cachedReadTokens: 22, totalTokens: total}
      await reply('session/prompt', {stopReason: 'end_turn', usage})
      await until('it is over', () => talk.inputEnded)
      await talk.end()
      assert.equal(usageOf(talk)?.input_tokens, input)
      assert.equal(usageOf(talk)?.cache_read_tokens, 22)
      assert.equal(usageOf(talk)?.cost_usd, null, 'what is not told is not 0 (N4)')
    }
  })

  test('leaves out what earlier runs of the session have cost (fault N2)', async () => {
    const cost = (amount: number) => ({used: 1, size: 2, cost: {amount, currency: 'USD'}})
    const {talk, update} = await begun({resumeSessionId: 's'}, CAN_LOAD)
    const {id} = await talk.wrote(calls('session/load'))
    update('usage_update', cost(2))
    talk.print({jsonrpc: '2.0', id, result: {}})
    await talk.wrote(calls('session/prompt'))
    update('usage_update', cost(2.5))
    await until('it is told', () => usageOf(talk))
    await talk.end()
    assert.equal(usageOf(talk)?.cost_usd, 0.5)
  })
})
