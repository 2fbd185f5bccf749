import type {LocalBench} from './local-bench.js'

/** Gives an agent a skill; `hint` is what an agent sees of it before it reads the skill. */
export async function giveSkill(bench: LocalBench, agentName: string, hint: string): Promise<void> {
  const agent = bench.system.agents.find(({name}) => name === agentName)
  if (!agent) throw new Error(`no agent "${agentName}" on the bench`)
  const {client} = bench.system.api
  const content = `---\nname: count-stars\ndescription: ${hint}\n---\n\nLook up and count.\n`
  const body = {name: 'count-stars', description: hint, content}
  const skill = await client.request<{id: string}>('POST', '/api/skills', {body})
  await client.request('PUT', `/api/agents/${agent.id}/skills`, {body: {skill_ids: [skill.id]}})
}
