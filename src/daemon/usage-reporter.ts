import type {Log} from '../log.js'
import {MAX_USAGE_ENTRIES, type UsageEntry} from '../protocol/usage.js'
import {agentLogs} from '../usage/agent-logs.js'
import {LogScanner} from '../usage/log-scanner.js'
import type {Connection} from './connection.js'
import type {RuntimeAgent} from './registration.js'
import {runEvery} from './run-every.js'

export interface UsageReporterOptions {
  connection: Pick<Connection, 'call'>
  agents(): RuntimeAgent[]
  /** The runtimes that are registered: one for each workspace and provider. */
  runtimes(): {id: string; provider: string}[]
  /** This machine's environment: where agents keep their logs. */
  env: Readonly<Record<string, string | undefined>>
  now?: () => Date
  log: Log
}

/** Days whose totals are kept up to date; agents delete older logs. */
const DAYS = 31
const DAY_MS = 86_400_000
/** How often the logs are looked at. */
const INTERVAL_MS = 60_000

/**
 * Tells the server what agents use on this machine day by day, runs and everything else (contract
 * §5.15). Totals are absolute and the logs stay, so what could not be told is told the next time
 * (fault H18). An idle machine is looked at and says nothing.
 */
export class UsageReporter {
  readonly #options: UsageReporterOptions
  readonly #scanners = new Map<string, LogScanner>()
  /** The last totals of each provider. */
  readonly #totals = new Map<string, UsageEntry[]>()
  /** What the server has of each runtime, by day and model. */
  readonly #told = new Map<string, Map<string, string>>()

  constructor(options: UsageReporterOptions) {
    this.#options = options
  }

  async report(signal: AbortSignal): Promise<void> {
    await this.#scan(signal)
    for (const {id, provider} of this.#options.runtimes()) {
      const totals = this.#totals.get(provider)
      if (!totals) continue
      // What one runtime cannot be told keeps nothing from the others.
      await this.#tell(id, totals, signal).catch((error: unknown) => {
        signal.throwIfAborted()
        this.#options.log.warn({event: 'usage_not_told', runtime: id, error: String(error)})
      })
    }
  }

  async #scan(signal: AbortSignal): Promise<void> {
    const {agents, env, now = () => new Date(), log} = this.#options
    const since = new Date(now().getTime() - (DAYS - 1) * DAY_MS).toISOString().slice(0, 10)
    for (const logs of agentLogs(agents(), env)) {
      const key = JSON.stringify([logs.provider, logs.roots])
      const scanner =
        this.#scanners.get(key) ?? new LogScanner({...logs, onUnreadable: this.#unreadable})
      this.#scanners.set(key, scanner)
      const began = Date.now()
      const totals = await scanner.scan(since, signal)
      if (!totals) continue
      this.#totals.set(logs.provider, totals)
      const {provider} = logs
      log.info({event: 'usage_read', provider, days: totals.length, took_ms: Date.now() - began})
    }
  }

  readonly #unreadable = (path: string, error: unknown): void =>
    this.#options.log.debug({event: 'usage_log_unreadable', path, error: String(error)})

  async #tell(runtimeId: string, totals: readonly UsageEntry[], signal: AbortSignal) {
    const told = this.#told.get(runtimeId) ?? new Map<string, string>()
    this.#told.set(runtimeId, told)
    const keyOf = ({date, model}: UsageEntry) => `${date} ${model}`
    const news = totals.filter((entry) => told.get(keyOf(entry)) !== JSON.stringify(entry))
    for (let at = 0; at < news.length; at += MAX_USAGE_ENTRIES) {
      const entries = news.slice(at, at + MAX_USAGE_ENTRIES)
      await this.#options.connection.call((api) => api.reportUsage(runtimeId, {entries}, {signal}))
      for (const entry of entries) told.set(keyOf(entry), JSON.stringify(entry))
    }
  }
}

/** Reports now and then, for as long as the daemon runs; not at all where the user does not want it. */
export async function runUsageReports(
  enabled: boolean,
  signal: AbortSignal,
  options: UsageReporterOptions,
): Promise<void> {
  if (!enabled) return
  const reporter = new UsageReporter(options)
  const {log} = options
  await runEvery(INTERVAL_MS, {signal, log, name: 'usage'}, () => reporter.report(signal))
}
