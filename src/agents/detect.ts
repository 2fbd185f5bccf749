import {access, constants, stat} from 'node:fs/promises'
import {basename, delimiter, isAbsolute, join} from 'node:path'
import {stripVTControlCharacters} from 'node:util'
import type {AgentAdapter, AgentSettings} from './adapter.js'
import {ADAPTERS} from './adapters.js'
import {runProbe} from './run-probe.js'

const PROBE_LIMIT_MS = 10_000
const MAX_VERSION = 100

/** An agent that can be run here. */
export interface DetectedAgent {
  provider: string
  settings: AgentSettings
  version: string
  /** The program's file. */
  path: string
}

export interface Detection {
  agents: DetectedAgent[]
  /** Why something that was asked for cannot be run: sentences for people. */
  problems: string[]
}

export interface DetectOptions {
  /** Entries of agents.json by name. */
  agentsFile: Record<string, AgentSettings>
  /** Environment in which the programs run; PATH is looked up in it. */
  env: Readonly<Record<string, string | undefined>>
  /** Paths and models that the user has set, by program (MULTICA_CLAUDE_PATH, …). */
  overrides?: Record<string, {path?: string | undefined; model?: string | undefined}>
  signal?: AbortSignal
  /** How long a `--version` may take. 10 s by default. */
  probeLimitMs?: number
}

/**
 * Looks for agents: the programs of the adapters on the PATH, and the entries of agents.json. Each
 * probe has a limit of its own and cannot stop the others (fault B23).
 */
export async function detectAgents(options: DetectOptions): Promise<Detection> {
  const found = await Promise.all([
    ...ADAPTERS.flatMap((adapter) =>
      adapter.programs
        .filter((program) => !(program in options.agentsFile))
        .map((program) => probeProgram(adapter, program, options)),
    ),
    ...Object.entries(options.agentsFile).map(([name, settings]) =>
      probeEntry(name, settings, options),
    ),
  ])
  return {
    agents: found.flatMap((result) => (result?.agent ? [result.agent] : [])),
    problems: found.flatMap((result) => (result?.problem ? [result.problem] : [])),
  }
}

interface Probe {
  agent?: DetectedAgent
  problem?: string
}

async function probeProgram(
  adapter: AgentAdapter,
  program: string,
  options: DetectOptions,
): Promise<Probe | undefined> {
  const override = options.overrides?.[program]
  const path = await findProgram(override?.path ?? program, options.env)
  if (!path) {
    return override?.path
      ? {problem: `${program} executable not found at "${override.path}"`}
      : undefined
  }
  try {
    if (!(await isRightOne(adapter, program, path, options))) return undefined
    const isVersionless = adapter.versionless?.includes(program)
    const version = isVersionless ? '' : await readVersion(path, options)
    const settings: AgentSettings = {
      type: await typeFor(adapter, path, options),
      command: [path],
      ...(override?.model && {model: override.model}),
      ...(override?.path && adapter.type === 'acp' && {preset: program}),
    }
    return {agent: {provider: program, settings, version, path}}
  } catch (error) {
    return {problem: `${path} --version failed: ${(error as Error).message}`}
  }
}

async function probeEntry(
  name: string,
  settings: AgentSettings,
  options: DetectOptions,
): Promise<Probe> {
  const adapter = ADAPTERS.find((entry) => entry.type === settings.type)
  if (!adapter) {
    const known = ADAPTERS.map((entry) => entry.type).join(', ')
    return {
      problem: `agent "${name}" of agents.json: unknown type "${settings.type}" (supported: ${known})`,
    }
  }
  const [program] = settings.command
  if (!program) return {problem: `agent "${name}" of agents.json: it names no program in "command"`}
  const path = await findProgram(program, {...options.env, ...settings.env})
  if (!path)
    return {problem: `agent "${name}" of agents.json: ${program} is not an executable program`}
  if (settings.preset !== undefined && !adapter.programs.includes(settings.preset)) {
    return {problem: `agent "${name}" of agents.json: unknown preset "${settings.preset}"`}
  }
  const version = tellsVersion(adapter, path)
    ? await readVersion(path, options).catch(() => '')
    : ''
  const type = await typeFor(adapter, path, options)
  return {agent: {provider: name, settings: {...settings, type}, version, path}}
}

/** An adapter of many programs knows only its own: what another one does with `--version` is unknown. */
function tellsVersion({programs, versionless}: AgentAdapter, path: string): boolean {
  const program = basename(path)
  if (versionless?.includes(program)) return false
  return programs.length === 1 || programs.includes(program)
}

/** Whether a program is the agent and not another one of its name. Only a plain no counts. */
async function isRightOne(
  {checks}: AgentAdapter,
  program: string,
  path: string,
  {env, signal, probeLimitMs: limitMs = PROBE_LIMIT_MS}: DetectOptions,
): Promise<boolean> {
  const check = checks?.[program]
  if (!check) return true
  try {
    await runProbe(path, check, {env, limitMs, signal})
    return true
  } catch (error) {
    return !/^exit code/.test((error as Error).message)
  }
}

/** The adapter that this version needs. Only a plain no of the program counts, not its silence. */
async function typeFor(
  {type, olderVersions}: AgentAdapter,
  path: string,
  {env, signal, probeLimitMs: limitMs = PROBE_LIMIT_MS}: DetectOptions,
): Promise<string> {
  if (!olderVersions) return type
  try {
    await runProbe(path, olderVersions.probe, {env, limitMs, signal})
    return type
  } catch (error) {
    return /^exit code/.test((error as Error).message) ? olderVersions.type : type
  }
}

/** What stands in the answer to `--version`: the line with a version in it, or else the first one. */
async function readVersion(path: string, options: DetectOptions): Promise<string> {
  const {env, signal, probeLimitMs: limitMs = PROBE_LIMIT_MS} = options
  const answer = stripVTControlCharacters(
    await runProbe(path, ['--version'], {env, limitMs, signal}),
  )
  const lines = answer.split('\n').map((line) => line.trim().slice(0, MAX_VERSION))
  return lines.find((line) => /\d+\.\d+\.\d+/.test(line)) ?? lines.find(Boolean) ?? ''
}

/** The file that a name means on this PATH; undefined when there is none that can be run. */
export async function findProgram(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const candidates =
    isAbsolute(name) || /[/\\]/.test(name)
      ? [name]
      : (env.PATH ?? '')
          .split(delimiter)
          .filter(Boolean)
          .map((folder) => join(folder, name))
  for (const candidate of candidates) if (await isExecutable(candidate)) return candidate
  return undefined
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}
