// Every adapter passes the same list of cases. The recordings are made by test/real-agents/record.ts.
import {acp} from '../../src/agents/acp.js'
import {claude} from '../../src/agents/claude.js'
import {codex} from '../../src/agents/codex.js'
import {codexExec} from '../../src/agents/codex-exec.js'
import {command} from '../../src/agents/command.js'
import {describeConformance} from '../support/conformance.js'

describeConformance('claude', {
  adapter: claude,
  settings: {type: 'claude', command: ['claude']},
  unknown: () => JSON.stringify({type: 'telepathy', strength: 9}),
  asks: true,
  resumes: true,
  tellsOutput: true,
  usage: [true, true],
  interrupts: true,
  waits: true,
})

describeConformance('codex', {
  adapter: codex,
  settings: {type: 'codex', command: ['codex']},
  unknown: () => JSON.stringify({method: 'telepathy/felt', params: {strength: 9}}),
  asks: true,
  resumes: true,
  tellsOutput: true,
  usage: [true, true],
  interrupts: true,
  waits: false,
})

describeConformance('codex-exec', {
  adapter: codexExec,
  settings: {type: 'codex-exec', command: ['codex']},
  unknown: () => JSON.stringify({type: 'telepathy', strength: 9}),
  asks: false,
  resumes: true,
  tellsOutput: true,
  usage: [true, false],
  interrupts: false,
  waits: false,
})

describeConformance('command', {
  adapter: command,
  settings: {type: 'command', command: ['report']},
  asks: false,
  resumes: false,
  tellsOutput: true,
  usage: [true, false],
  interrupts: false,
  waits: false,
})

const ACP: [agent: string, tellsOutput: boolean, usage: [boolean, boolean], waits: boolean][] = [
  ['opencode', true, [true, false], true],
  ['gemini', false, [true, true], true],
  ['qwen', true, [true, true], true],
  ['claude-agent-acp', true, [true, true], true],
  ['codex-acp', true, [false, false], false],
]
for (const [agent, tellsOutput, usage, waits] of ACP) {
  describeConformance(agent, {
    adapter: acp,
    settings: {type: 'acp', command: [agent]},
    unknown: ({lines}) => {
      const line = lines.find((said) => 'out' in said && said.out.includes('"session/update"'))
      const {params} = JSON.parse(line && 'out' in line ? line.out : '{}')
      const update = {sessionUpdate: 'telepathy', strength: 9}
      const told = {sessionId: params.sessionId, update}
      return JSON.stringify({jsonrpc: '2.0', method: 'session/update', params: told})
    },
    asks: true,
    resumes: true,
    tellsOutput,
    usage,
    interrupts: true,
    waits,
  })
}
