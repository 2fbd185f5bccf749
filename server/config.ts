import {homedir} from 'node:os'
import {join, resolve} from 'node:path'
import {invalid} from '../src/errors.js'
import type {Log} from '../src/log.js'
import {parseDuration} from '../src/settings/duration.js'
import {MIN_LEASE_MS} from './lease.js'

export interface ServerConfig {
  /** Address to listen on. */
  host: string
  /** 0: any free port. */
  port: number
  /** Folder of the SQLite file and of what belongs to this server alone. */
  dataDir: string
  /** `postgres://…`; undefined: SQLite in `dataDir`. */
  databaseUrl?: string | undefined
  /** What people type into their browser, when it is not the address that the server listens on. */
  publicUrl?: string | undefined
  /** Proxies in front whose X-Forwarded-For is believed. */
  trustProxy?: string | undefined
  /** Silence of a worker after which its lease is over, in milliseconds; 60 s unless told otherwise. */
  leaseMs?: number | undefined
  log: Log
}

export interface ServeFlags {
  host?: string | undefined
  port?: number | undefined
  'data-dir'?: string | undefined
  'database-url'?: string | undefined
  'public-url'?: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/** Variables that `serve` reads, for its help. */
export const SERVER_VARIABLES = [
  'PORT',
  'DATABASE_URL',
  'MULTICA_DATA_DIR',
  'MULTICA_PUBLIC_URL',
  'MULTICA_TRUST_PROXY',
  'MULTICA_LEASE',
] as const

/** Flag, then variable, then default. @throws AppError naming what is wrong */
export function readServerConfig(flags: ServeFlags, env: Environment): Omit<ServerConfig, 'log'> {
  const text = (name: string) => env[name]?.trim() || undefined
  const databaseUrl = flags['database-url'] ?? text('DATABASE_URL')
  if (databaseUrl && !/^(postgres(ql)?|sqlite):/.test(databaseUrl)) {
    throw invalid('--database-url must begin with postgres:// or sqlite:', 'database-url')
  }
  const home = text('MULTICA_HOME') ?? join(text('HOME') ?? homedir(), '.multica')
  const dataDir = flags['data-dir'] ?? text('MULTICA_DATA_DIR') ?? join(home, 'server')
  return {
    host: flags.host ?? '127.0.0.1',
    port: flags.port ?? readPort(text('PORT')) ?? 8080,
    dataDir: resolve(dataDir),
    databaseUrl,
    publicUrl: readUrl(flags['public-url'] ?? text('MULTICA_PUBLIC_URL')),
    trustProxy: text('MULTICA_TRUST_PROXY'),
    leaseMs: readLease(text('MULTICA_LEASE')),
  }
}

function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw invalid(`PORT: "${text}" is no port number`, 'PORT')
  }
  return port
}

function readLease(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const ms = parseDuration(text, 'MULTICA_LEASE')
  if (ms < MIN_LEASE_MS) {
    throw invalid(`MULTICA_LEASE: ${text} is too short; 5s is the least`, 'MULTICA_LEASE')
  }
  return ms
}

function readUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw invalid(`--public-url: "${text}" is no http or https address`, 'public-url')
  }
  return text.replace(/\/+$/, '')
}
