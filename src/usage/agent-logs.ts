import {join} from 'node:path'
import type {AgentSettings} from '../agents/adapter.js'
import {createClaudeLogReader} from './claude-log.js'
import {createCodexLogReader} from './codex-log.js'
import type {LogScannerOptions} from './log-scanner.js'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Where the agents of this machine keep their logs. A folder that several of them share belongs to the
 * first one, so that nothing counts twice.
 */
export function agentLogs(
  agents: readonly {provider: string; settings: AgentSettings}[],
  machine: Environment,
): LogScannerOptions[] {
  const taken = new Set<string>()
  return agents.flatMap(({provider, settings}) => {
    const kind = KINDS[settings.type]
    if (!kind) return []
    const roots = kind.roots({...machine, ...settings.env}).filter((root) => !taken.has(root))
    for (const root of roots) taken.add(root)
    return roots.length === 0 ? [] : [{provider, roots, createReader: kind.createReader}]
  })
}

interface LogKind {
  roots(env: Environment): string[]
  createReader: LogScannerOptions['createReader']
}

const claude: LogKind = {
  createReader: createClaudeLogReader,
  roots({CLAUDE_CONFIG_DIR: named = '', HOME: home = ''}) {
    const own = home === '' ? [] : [join(home, '.config', 'claude'), join(home, '.claude')]
    const folders = [...named.split(',').map((folder) => folder.trim()), ...own].filter(Boolean)
    return [...new Set(folders.map((folder) => join(folder, 'projects')))]
  },
}

const codex: LogKind = {
  createReader: createCodexLogReader,
  roots({CODEX_HOME: named, HOME: home = ''}) {
    const folder = named || (home === '' ? '' : join(home, '.codex'))
    return folder === '' ? [] : [join(folder, 'sessions'), join(folder, 'archived_sessions')]
  },
}

const KINDS: Readonly<Record<string, LogKind>> = {claude, codex, 'codex-exec': codex}
