import assert from 'node:assert/strict'
import {describe, it} from 'node:test'
import {findAgent, findRuntime} from '../../src/cli/find-agent.js'
import {type Actor, nameActor, resolveActor} from '../../src/cli/resolve-actor.js'
import type {Agent} from '../../src/protocol/agent.js'
import type {Runtime} from '../../src/protocol/runtime.js'

const id = (digit: number) => `${String(digit).repeat(8)}-0000-4000-8000-000000000000`
const actors: Actor[] = [
  {type: 'member', id: id(1), name: 'Ann Claude'},
  {type: 'agent', id: id(2), name: 'claude'},
  {type: 'agent', id: id(3), name: 'claude-fast'},
]

describe('resolveActor', () => {
  it('takes an id, then an exact name, then a part of one name', () => {
    assert.equal(resolveActor(id(3).toUpperCase(), actors).name, 'claude-fast')
    assert.equal(resolveActor('CLAUDE', actors).id, id(2))
    assert.equal(resolveActor('ann', actors).id, id(1))
  })

  it('names the candidates, or says that there is none', () => {
    assert.throws(() => resolveActor('claud', actors), {
      message: `resolve assignee: ambiguous assignee "claud"; matches:\n  member "Ann Claude" (11111111)\n  agent "claude" (22222222)\n  agent "claude-fast" (33333333)\nname one by its id`,
    })
    assert.throws(() => resolveActor('bob', actors), {
      message: 'resolve assignee: no member or agent found matching "bob"',
    })
    assert.throws(() => resolveActor('', actors), {code: 'not_found'})
  })

  it('takes the short id that a list of candidates shows', () => {
    const twins = [...actors, {type: 'agent' as const, id: id(4), name: 'claude'}]
    assert.throws(() => resolveActor('claude', twins), /\(22222222\)\n.*\(44444444\)\nname one/)
    assert.equal(resolveActor('44444444', twins).id, id(4))
    assert.throws(() => resolveActor('4444', twins), {code: 'not_found'})
  })

  it('shows who is gone by a short id', () => {
    assert.equal(nameActor('agent', id(2), actors), 'claude')
    assert.equal(nameActor('agent', id(9), actors), 'agent:99999999')
    assert.equal(nameActor(null, null, actors), '')
  })
})

describe('findAgent', () => {
  it('takes nobody for somebody of the same name', () => {
    const agent = (digit: number) => ({id: id(digit), name: 'claude'}) as Agent
    assert.throws(() => findAgent('Claude', [agent(2), agent(4)]), /by its id:\n {2}2{8}-/)
    assert.equal(findAgent(id(4), [agent(2), agent(4)]).id, id(4))
  })
})

describe('findRuntime', () => {
  const runtime = (digit: number, status: string) =>
    ({id: id(digit), name: `claude (m${digit})`, provider: 'claude', status}) as Runtime

  it('prefers the one that is online', () => {
    assert.equal(findRuntime('claude', [runtime(1, 'offline'), runtime(2, 'online')]).id, id(2))
    assert.equal(
      findRuntime('claude (m1)', [runtime(1, 'offline'), runtime(2, 'online')]).id,
      id(1),
    )
  })

  it('lists several, and those that there are instead of an unknown one', () => {
    const both = [runtime(1, 'online'), runtime(2, 'online')]
    assert.throws(() => findRuntime('claude', both), /name one by its id:\n {2}1{8}/)
    assert.throws(() => findRuntime('codex', both), /known ones: claude/)
    assert.throws(() => findRuntime('codex', []), /multica daemon start/)
  })
})
