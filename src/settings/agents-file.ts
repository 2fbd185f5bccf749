import {existsSync, readFileSync} from 'node:fs'
import {dirname, resolve} from 'node:path'
import * as z from 'zod'
import type {AgentSettings} from '../agents/adapter.js'
import {invalid} from '../errors.js'
import {APPROVAL_MODES, ApprovalPolicy} from '../protocol/approvals.js'
import {type Environment, readVariable} from './environment.js'
import {resolvePaths} from './paths.js'

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/

const Price = z.number().min(0)
const Prices = z.strictObject({
  input: Price,
  output: Price,
  cache_read: Price.optional(),
  cache_write: Price.optional(),
})

const Entry = z.strictObject({
  type: z.string().min(1),
  command: z.array(z.string().min(1)).min(1),
  model: z.string().min(1).optional(),
  args: z.array(z.string()).optional(),
  preset: z.string().min(1).optional(),
  env: z.record(z.string(), z.string()).optional(),
  approvals: z
    .union([z.enum(APPROVAL_MODES), ApprovalPolicy.pick({mode: true, rules: true})])
    .optional(),
  prices: Prices.optional(),
})
const AgentsFile = z.record(z.string(), Entry)

/**
 * The user's own agents, from `~/.multica/agents.json`; a missing file is an empty one.
 * The first word of `command` is looked up on the PATH unless it has a slash. Words that begin with
 * `./`, `../` or `~/`, and words that name a file beside agents.json, become absolute paths, so that
 * an agent finds its program from whatever folder it is started in.
 * @throws AppError naming the file and the entry that is wrong
 */
export function readAgentsFile(env: Environment): Record<string, AgentSettings> {
  const path = resolvePaths(undefined, env).agentsPath
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw invalid(`${path} cannot be read: ${(error as Error).message}`)
  }
  const userHome = readVariable(env, 'HOME') ?? ''
  return parseAgentsFile(text, {path, userHome, exists: existsSync})
}

export interface AgentsFilePlace {
  /** Absolute path of the file. */
  path: string
  /** What `~/` stands for. */
  userHome: string
  exists(path: string): boolean
}

/** `readAgentsFile` without the disk. */
export function parseAgentsFile(
  text: string,
  place: AgentsFilePlace,
): Record<string, AgentSettings> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw invalid(`${place.path} is no valid JSON: ${(error as Error).message}`)
  }
  const parsed = AgentsFile.safeParse(json)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const [name, ...rest] = issue?.path ?? []
    const where =
      name === undefined
        ? ''
        : `agent "${String(name)}"${rest.length ? `, ${rest.join('.')}` : ''}: `
    throw invalid(`${place.path}: ${where}${issue?.message}`)
  }
  const agents: Record<string, AgentSettings> = {}
  for (const [name, entry] of Object.entries(parsed.data)) {
    if (!NAME.test(name)) {
      throw invalid(`${place.path}: agent "${name}": a name has a–z, 0–9, ".", "_" and "-" only`)
    }
    agents[name] = toSettings(entry, place)
  }
  return agents
}

function toSettings(entry: z.output<typeof Entry>, place: AgentsFilePlace): AgentSettings {
  const {type, command, model, args, preset, env, approvals, prices} = entry
  return {
    type,
    command: command.map((word, index) => absoluteWord(word, index === 0, place)),
    ...(model !== undefined && {model}),
    ...(args !== undefined && {args}),
    ...(preset !== undefined && {preset}),
    ...(env !== undefined && {env}),
    ...(approvals !== undefined && {approvals}),
    ...(prices !== undefined && {prices: withoutUndefined(prices)}),
  }
}

const withoutUndefined = ({input, output, cache_read, cache_write}: z.output<typeof Prices>) => ({
  input,
  output,
  ...(cache_read !== undefined && {cache_read}),
  ...(cache_write !== undefined && {cache_write}),
})

function absoluteWord(word: string, isProgram: boolean, place: AgentsFilePlace): string {
  if (word.startsWith('~/')) return resolve(place.userHome, word.slice(2))
  const path = resolve(dirname(place.path), word)
  if (/^\.{1,2}[/\\]/.test(word)) return path
  if (isProgram) return /[/\\]/.test(word) ? path : word
  return !word.startsWith('-') && place.exists(path) ? path : word
}
