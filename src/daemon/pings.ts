import {isTransient, retry} from '../client/retry.js'
import type {Log} from '../log.js'
import {PING_RUN_MS, type PingResult} from '../protocol/ping.js'
import type {Connection} from './connection.js'
import {pingAgent} from './ping-agent.js'
import type {RuntimeAgent} from './registration.js'
import type {Slots} from './slots.js'

export interface PingsOptions {
  slots: Slots
  connection: Connection
  find(provider: string): RuntimeAgent | undefined
  env: Readonly<Record<string, string | undefined>>
  /** Where each has an empty folder of its own. */
  root: string
  log: Log
}

export interface PingRequest {
  pingId: string
  runtimeId: string
  provider: string
}

/** Answers pings of the server: each takes a slot, or is refused while none is free (contract §5.6). */
export class Pings {
  readonly #options: PingsOptions
  readonly #stop = new AbortController()
  readonly #jobs = new Set<Promise<void>>()

  constructor(options: PingsOptions) {
    this.#options = options
  }

  answer(request: PingRequest): void {
    const {log} = this.#options
    const job = this.#answer(request)
      .catch((error: unknown) => {
        log.warn({event: 'ping_not_reported', ping: request.pingId, error: String(error)})
      })
      .finally(() => this.#jobs.delete(job))
    this.#jobs.add(job)
  }

  /** Ends the agents that are being asked. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#jobs)
  }

  async #answer({pingId, runtimeId, provider}: PingRequest): Promise<void> {
    const {connection, log} = this.#options
    const result = await this.#ask(provider)
    log.info({event: 'ping_answered', provider, status: result.status})
    await retry(() => connection.call((api) => api.pingResult(runtimeId, pingId, result)), {
      signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(PING_RUN_MS)]),
      isFinal: (error) => !isTransient(error),
    })
  }

  async #ask(provider: string): Promise<PingResult> {
    const {slots, find, env, root} = this.#options
    const agent = find(provider)
    if (!agent) return {status: 'failed', error: `agent "${provider}" is not installed here`}
    const slot = slots.tryTake()
    if (!slot) return {status: 'failed', error: `busy: ${slots.used} of ${slots.capacity} in use`}
    try {
      return await pingAgent(agent, {root, env, signal: this.#stop.signal})
    } finally {
      slot.release()
    }
  }
}
