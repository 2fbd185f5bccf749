import {invalid} from '../errors.js'
import {acp} from './acp.js'
import type {AgentAdapter} from './adapter.js'
import {claude} from './claude.js'
import {codex} from './codex.js'
import {codexExec} from './codex-exec.js'
import {command} from './command.js'

/** All agent protocols. A new one is one file and one line here. */
export const ADAPTERS: readonly AgentAdapter[] = [claude, codex, codexExec, acp, command]

/** @throws AppError that lists the known ones */
export function adapterOf(type: string): AgentAdapter {
  const adapter = ADAPTERS.find((entry) => entry.type === type)
  if (adapter) return adapter
  const known = ADAPTERS.map((entry) => entry.type).join(', ')
  throw invalid(`unknown agent type "${type}" (supported: ${known})`, 'type')
}
