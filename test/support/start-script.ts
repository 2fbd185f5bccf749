import {tmpdir} from 'node:os'
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
  const run = {cwd: tmpdir(), env: {PATH: process.env.PATH ?? '', ...env}}
  return startAgent({argv: [process.execPath, '-e', script]}, run, options)
}
