import {tmpdir} from 'node:os'
import type {AgentRun} from '../../src/agents/adapter.js'
import {
  type AgentProcess,
  type StartOptions,
  startAgent,
} from '../../src/process-tree/start-agent.js'

/** Starts a program in JavaScript as the worker starts an agent. */
export function startScript(
  script: string,
  env: Record<string, string> = {},
  options: StartOptions = {},
): Promise<AgentProcess> {
  const run: AgentRun = {
    prompt: '',
    cwd: tmpdir(),
    settings: {type: 'command', command: []},
    env: {PATH: process.env.PATH ?? '', ...env},
  }
  return startAgent({argv: [process.execPath, '-e', script]}, run, options)
}
