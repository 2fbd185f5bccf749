import {basename} from 'node:path'
import type {ToolCall} from './acp-messages.js'
import type {AgentSettings} from './adapter.js'

/** What is known of one agent that speaks the Agent Client Protocol. */
export interface AcpPreset {
  /** Names of its programs on the PATH. */
  programs: readonly string[]
  /** Arguments by which the program speaks the protocol. */
  args: readonly string[]
  env?: Readonly<Record<string, string>>
  /** How it names itself, for agents that are started by way of another program. */
  calls?: RegExp
  /** Option for the model; without one the model is set in the session. */
  modelFlag?: string
  /** Ways to sign in that need no person, and the variable that each one needs. */
  keys?: readonly {method: string; variable: string}[]
  /** What a person does to sign in. */
  signIn?: string
  /** File in which it looks for instructions. AGENTS.md by default. */
  instructions?: string
  /** Folder in which it finds skills by itself. */
  skills?: string
  /** The agent's own name of a tool, where a call has one in a place of its own. */
  toolOf?: (call: ToolCall) => string | undefined
  /** Its token figures are those of the last answer of the model, not of the turn. */
  countsLastAnswer?: boolean
  /** It loads any id, known or not: a session that has nothing to tell is gone (fault F5). */
  loadsAnything?: boolean
  /** Members of a call's input that say nothing to people. */
  noise?: readonly string[]
  /** Its costs are those of the process, not of the whole session. */
  costsProcess?: boolean
  /** Arguments that must succeed: other programs bear the same name. */
  check?: readonly string[]
  /** It does not know `--version`. */
  versionless?: boolean
}

/** Agents that are found on the PATH; docs/agents.md says which of them were tried, and how. */
export const ACP_PRESETS: readonly AcpPreset[] = [
  {
    programs: ['gemini'],
    args: ['--acp'],
    // Else a second process stays behind when the first one is ended; and nobody can answer for trust.
    env: {GEMINI_CLI_NO_RELAUNCH: 'true', GEMINI_CLI_TRUST_WORKSPACE: 'true'},
    calls: /^gemini/i,
    modelFlag: '--model',
    keys: [
      {method: 'gemini-api-key', variable: 'GEMINI_API_KEY'},
      {method: 'vertex-ai', variable: 'GOOGLE_API_KEY'},
    ],
    signIn: 'sign in with `gemini`, or set GEMINI_API_KEY',
    instructions: 'GEMINI.md',
    skills: '.gemini/skills',
    toolOf: ({toolCallId}) => /^([a-z_]\w*?)(?:__|-\d{10,})/i.exec(toolCallId)?.[1],
  },
  {
    programs: ['opencode'],
    args: ['acp'],
    env: {OPENCODE_DISABLE_AUTOUPDATE: '1'},
    calls: /^opencode$/i,
    signIn: 'sign in with `opencode auth login`',
    skills: '.opencode/skills',
    toolOf: ({title}) => (/^[a-z][\w-]*$/.test(title ?? '') ? (title ?? undefined) : undefined),
    countsLastAnswer: true,
  },
  {
    programs: ['qwen'],
    args: ['--acp'],
    calls: /^qwen/i,
    modelFlag: '--model',
    keys: [{method: 'openai', variable: 'OPENAI_API_KEY'}],
    signIn: 'sign in with `qwen`, or set OPENAI_API_KEY',
    instructions: 'QWEN.md',
    skills: '.qwen/skills',
    loadsAnything: true,
  },
  {
    programs: ['claude-agent-acp', 'claude-code-acp'],
    args: [],
    calls: /claude-(agent|code)-acp/i,
    signIn: 'sign in with `claude`, or set ANTHROPIC_API_KEY',
    instructions: 'CLAUDE.md',
    skills: '.claude/skills',
    costsProcess: true,
    versionless: true,
  },
  {
    programs: ['codex-acp'],
    args: [],
    calls: /codex-acp/i,
    keys: [
      {method: 'codex-api-key', variable: 'CODEX_API_KEY'},
      {method: 'openai-api-key', variable: 'OPENAI_API_KEY'},
    ],
    signIn: 'sign in with `codex login`, or set OPENAI_API_KEY',
    skills: '.agents/skills',
    noise: [
      'call_id',
      'turn_id',
      'process_id',
      'started_at_ms',
      'source',
      'parsed_cmd',
      'proposed_execpolicy_amendment',
      'available_decisions',
    ],
    versionless: true,
  },
  {
    programs: ['copilot'],
    args: ['--acp'],
    modelFlag: '--model',
    signIn: 'sign in with `copilot`',
    skills: '.github/skills',
  },
  {
    programs: ['goose'],
    args: ['acp'],
    check: ['acp', '--help'],
    signIn: 'set it up with `goose configure`',
  },
  {
    programs: ['kimi'],
    args: ['acp'],
    check: ['acp', '--help'],
    signIn: 'sign in with `kimi`',
    skills: '.agents/skills',
  },
  {
    programs: ['cursor-agent'],
    args: ['acp'],
    keys: [{method: 'cursor_api_key', variable: 'CURSOR_API_KEY'}],
    signIn: 'sign in with `cursor-agent login`',
  },
  {programs: ['kiro-cli'], args: ['acp'], signIn: 'sign in with `kiro-cli login`'},
  {programs: ['vibe-acp'], args: [], signIn: 'set it up with `vibe`'},
  {programs: ['auggie'], args: ['--acp'], signIn: 'sign in with `auggie login`'},
  {
    programs: ['droid'],
    args: ['exec', '--output-format', 'acp'],
    check: ['exec', '--help'],
    signIn: 'sign in with `droid`',
  },
  {programs: ['qodercli'], args: ['--acp'], signIn: 'sign in with `qodercli`'},
  {
    programs: ['hermes'],
    args: ['acp'],
    check: ['acp', '--help'],
    signIn: 'set it up with `hermes setup`',
  },
  {programs: ['stakpak'], args: ['acp'], signIn: 'sign in with `stakpak`'},
]

const ANY: AcpPreset = {programs: [], args: []}

/** The preset that an entry names, or that of its program; that of no agent in particular otherwise. */
export function presetOf({preset, command: [program = '']}: AgentSettings): AcpPreset {
  const name = basename(program.replaceAll('\\', '/')).replace(/\.(exe|cmd|bat|js|mjs)$/i, '')
  return ACP_PRESETS.find(({programs}) => programs.includes(preset ?? name)) ?? ANY
}

/** The preset by the name that an agent gives itself, for one that nothing is known of by its program. */
export function presetByName(preset: AcpPreset, agentName: string | null | undefined): AcpPreset {
  if (preset !== ANY || !agentName) return preset
  return ACP_PRESETS.find(({calls}) => calls?.test(agentName)) ?? ANY
}
