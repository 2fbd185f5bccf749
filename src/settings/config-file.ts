import {existsSync, mkdirSync} from 'node:fs'
import {dirname} from 'node:path'
import Conf from 'conf'
import * as z from 'zod'
import {invalid} from '../errors.js'
import {lockFile} from '../lock-file.js'
import type {Environment} from './environment.js'
import {resolvePaths} from './paths.js'

/** `config.json` as the original's command line writes it, unknown keys kept (contract §4.2). */
export const ConfigFile = z.looseObject({
  server_url: z.string().optional(),
  app_url: z.string().optional(),
  workspace_id: z.string().optional(),
  token: z.string().optional(),
  watched_workspaces: z
    .array(z.looseObject({id: z.string(), name: z.string().optional()}))
    .nullish()
    .transform((list) => list ?? undefined)
    .optional(),
})
export type ConfigFile = z.output<typeof ConfigFile>

export interface Config {
  path: string
  /** Reads the file anew; a missing one is empty. */
  read(): ConfigFile
  /** Reads, changes and writes under a lock that the daemon and every command respect (fault list 57). */
  change(fn: (config: ConfigFile) => ConfigFile): Promise<void>
}

/** @param profile undefined for the default one */
export function openConfig(profile: string | undefined, env: Environment): Config {
  const path = resolvePaths(profile, env).configPath
  return {
    path,
    read: () => readConfig(path),
    change: async (fn) => {
      mkdirSync(dirname(path), {recursive: true, mode: 0o700})
      const release = await lockFile(path, {
        stale: 10_000,
        retries: {retries: 40, minTimeout: 20, maxTimeout: 200, randomize: true},
      })
      try {
        const changed = withoutEmpty(fn(readConfig(path)))
        openStore(path).store = changed
      } finally {
        await release()
      }
    },
  }
}

function readConfig(path: string): ConfigFile {
  // Opening the store would create the folder: reading leaves no trace.
  if (!existsSync(path)) return {}
  let content: unknown
  try {
    content = openStore(path).store
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw invalid(`parse CLI config: ${path}: ${reason}; repair or remove the file`)
  }
  const parsed = ConfigFile.safeParse(content)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const key = issue?.path.join('.') ?? ''
  throw invalid(
    `parse CLI config: ${path}: ${key}: ${issue?.message}; repair or remove the key`,
    key,
  )
}

function openStore(path: string): Conf<ConfigFile> {
  return new Conf<ConfigFile>({
    cwd: dirname(path),
    configName: 'config',
    configFileMode: 0o600,
    accessPropertiesByDotNotation: false,
    serialize: (value) => `${JSON.stringify(value, null, 2)}\n`,
  })
}

/** Empty keys are left out of the file. */
function withoutEmpty(config: ConfigFile): ConfigFile {
  const kept = Object.entries(config).filter(
    ([, value]) => value !== undefined && value !== '' && !(Array.isArray(value) && !value.length),
  )
  return Object.fromEntries(kept)
}
