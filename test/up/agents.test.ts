import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {Api} from '../../src/client/api.js'
import {ensureAgents} from '../../src/up/agents.js'

/** A server that has these agents, as pairs of name and runtime, and runtimes `r1` … of these providers. */
function apiWith(agents: [name: string, runtime: string][], providers: string[]) {
  const list = agents.map(([name, runtime_id]) => ({name, runtime_id}))
  return {
    agents: async () => list,
    runtimes: async () => providers.map((provider, index) => ({id: `r${index + 1}`, provider})),
    createAgent: async (body: {name: string; runtime_id: string}) => body,
  } as unknown as Api
}
const namesOf = async (api: Api, ids: string[]) =>
  (await ensureAgents(api, ids)).map(({name, runtime_id}) => `${name} ${runtime_id}`)

test('every runtime of the machine gets one agent, whatever it is called', async () => {
  const api = apiWith([['Reviewer', 'r1']], ['claude', 'codex', 'gemini'])
  assert.deepEqual(await namesOf(api, ['r1', 'r2']), ['Reviewer r1', 'codex r2'])
})

test('no two agents share a name', async () => {
  const taken: [string, string][] = [
    ['Claude', 'elsewhere'],
    ['claude-2', 'elsewhere'],
  ]
  const api = apiWith(taken, ['claude', 'claude'])
  assert.deepEqual(await namesOf(api, ['r1', 'r2']), ['claude-3 r1', 'claude-4 r2'])
})
