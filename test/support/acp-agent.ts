import {acp} from '../../src/agents/acp.js'
import type {AgentRun} from '../../src/agents/adapter.js'
import {AgentDialogue} from './agent-dialogue.js'

export type Json = Record<string, unknown>

export const calls = (method: string) => (message: Json) => message.method === method

/** An agent that a test plays, with its hand-shake done. */
export async function begun(run: Partial<AgentRun> = {}, hello: Json = {}) {
  const talk = new AgentDialogue(acp, {
    settings: {type: 'acp', command: ['some-agent']},
    ...run,
  })
  const reply = async (method: string, result: Json) => {
    const {id} = await talk.wrote(calls(method))
    talk.print({jsonrpc: '2.0', id, result})
  }
  const refuse = async (method: string, error: Json) => {
    const {id} = await talk.wrote(calls(method))
    talk.print({jsonrpc: '2.0', id, error})
  }
  const update = (sessionUpdate: string, more: Json = {}, sessionId = 's') =>
    talk.print({
      jsonrpc: '2.0',
      method: 'session/update',
      params: {sessionId, update: {sessionUpdate, ...more}},
    })
  const says = (text: string) => update('agent_message_chunk', {content: {type: 'text', text}})
  await reply('initialize', {protocolVersion: 1, ...hello})
  return {talk, reply, refuse, update, says}
}

/** One that works on its prompt. */
export async function working(run: Partial<AgentRun> = {}, hello: Json = {}) {
  const agent = await begun(run, hello)
  await agent.reply('session/new', {sessionId: 's'})
  await agent.talk.wrote(calls('session/prompt'))
  return agent
}

export const CAN_LOAD = {agentCapabilities: {loadSession: true}}
export const CAN_RESUME = {
  agentCapabilities: {loadSession: true, sessionCapabilities: {resume: {}}},
}

export const paramsOf = (message: Json | undefined): Json => (message?.params ?? {}) as Json
