import {ApiError} from '../client/http-client.js'
import {parseUuid} from '../ids.js'
import type {Log} from '../log.js'
import type {Runtime} from '../protocol/runtime.js'
import type {ClaimedTask} from '../protocol/task.js'
import {retryMs, runClaimLoop} from './claim-loop.js'
import type {Connection} from './connection.js'
import {type RuntimeAgent, registration} from './registration.js'
import type {Slot, Slots} from './slots.js'
import {runWakeUpStream, type StreamState} from './wake-up-stream.js'
import {Wakeup} from './wakeup.js'

export interface SessionOptions {
  workspaceId: string
  connection: Connection
  identity: {daemonId: string; deviceName: string; runtimeName: string | undefined}
  agents(): RuntimeAgent[]
  slots: Slots
  onTask(task: ClaimedTask, runtime: Runtime, slot: Slot): void
  /** The server asks whether an agent answers. */
  onPing(pingId: string, runtime: Runtime): void
  /** After every registration that gave runtimes. */
  onRegistered(workspaceId: string): void
  pollIntervalMs: number
  heartbeatIntervalMs: number
  log: Log
}

export interface SessionStatus {
  id: string
  registered: boolean
  error?: string
  stream: StreamState
  runtimes: {id: string; provider: string}[]
}

/** While wake-ups come, a poll only makes up for one that was lost. */
const POLL_WITH_STREAM_MS = 30_000
const CALL_TIMEOUT_MS = 10_000
const HEARTBEAT_TIMEOUT_MS = 5000
/** Claims under way at the end get this long to hand over what they have been given. */
const CLAIM_DRAIN_MS = 3000

interface Claimer {
  runtime: Runtime
  wakeup: Wakeup
  stop: AbortController
  done: Promise<void>
}

/** One watched workspace: its registration, heartbeats, wake-ups and claims. Stands alone (fault B22). */
export class WorkspaceSession {
  readonly #options: SessionOptions
  readonly #stop = new AbortController()
  readonly #register = new Wakeup()
  readonly #claimers = new Map<string, Claimer>()
  #stream: StreamState = 'connecting'
  #error: string | undefined
  #loops: Promise<unknown> = Promise.resolve()

  constructor(options: SessionOptions) {
    this.#options = options
  }

  start(): void {
    const {workspaceId, connection, log} = this.#options
    const stream = runWakeUpStream({
      workspaceId,
      connection,
      onRuntime: (id) => this.#claimers.get(id)?.wakeup.wake(),
      onPing: (id) => {
        if (this.#claimers.has(id)) void this.#beat(id)
      },
      onReconnect: () => this.wake(),
      onState: (state) => {
        this.#stream = state
      },
      signal: this.#stop.signal,
      log,
    })
    this.#loops = Promise.all([this.#runRegistration(), this.#runHeartbeats(), stream])
  }

  /** Lets every runtime look for work. */
  wake(): void {
    for (const {wakeup} of this.#claimers.values()) wakeup.wake()
  }

  /** Registers again, because the agents, the token or the server's rows have changed. */
  registerAgain(): void {
    this.#register.wake()
  }

  status(): SessionStatus {
    const claimers = [...this.#claimers.values()]
    return {
      id: this.#options.workspaceId,
      registered: claimers.length > 0,
      ...(this.#error !== undefined && {error: this.#error}),
      stream: this.#stream,
      runtimes: claimers.map(({runtime}) => ({id: runtime.id, provider: runtime.provider})),
    }
  }

  /** Stops claiming and marks the runtimes offline; workers are not touched (contract §5.13). */
  async stop(): Promise<void> {
    this.#stop.abort()
    const claimers = [...this.#claimers.values()]
    for (const claimer of claimers) claimer.stop.abort()
    const drained = Promise.all([this.#loops, ...claimers.map((claimer) => claimer.done)])
    await Promise.race([drained, timer(CLAIM_DRAIN_MS)])
    const ids = claimers.map(({runtime}) => runtime.id)
    if (ids.length > 0) await this.#deregister(ids)
  }

  async #runRegistration(): Promise<void> {
    const {signal} = this.#stop
    let failures = 0
    while (!signal.aborted) {
      this.#register.reset()
      try {
        await this.#registerOnce()
        failures = 0
        this.#error = undefined
      } catch (error) {
        failures++
        this.#error = error instanceof Error ? error.message : String(error)
        this.#options.log.warn({event: 'register_failed', failures, error: this.#error})
      }
      await this.#register.wait(signal, failures > 0 ? retryMs(failures) : 2 ** 30)
    }
  }

  async #registerOnce(): Promise<void> {
    const {workspaceId, connection, identity, log} = this.#options
    const agents = this.#options.agents()
    if (agents.length === 0) return
    const body = registration(workspaceId, identity, agents)
    const {runtimes} = await connection.call((api) => api.register(body))
    if (this.#stop.signal.aborted) return
    const ids = new Set(runtimes.map((runtime) => runtime.id))
    const gone = [...this.#claimers.keys()].filter((id) => !ids.has(id))
    for (const id of gone) this.#dropClaimer(id)
    for (const runtime of runtimes) {
      if (this.#claimers.has(runtime.id)) continue
      this.#claimers.set(runtime.id, this.#startClaimer(runtime))
      log.info({event: 'registered', runtime: runtime.id, provider: runtime.provider})
    }
    this.#options.onRegistered(workspaceId)
  }

  #startClaimer(runtime: Runtime): Claimer {
    const {connection, slots, onTask, pollIntervalMs, log} = this.#options
    const wakeup = new Wakeup()
    const stop = new AbortController()
    const done = runClaimLoop({
      wakeup,
      slots,
      claim: async () => {
        const limit = {timeoutMs: CALL_TIMEOUT_MS}
        const {task} = await connection.call((api) => api.claim(runtime.id, limit))
        // The id becomes the name of a folder and part of paths.
        if (task && parseUuid(task.id) !== task.id) throw new Error(`"${task.id}" is no task id`)
        return task
      },
      onTask: (task, slot) => onTask(task, runtime, slot),
      onError: (error) => {
        if (isGone(error)) this.registerAgain()
      },
      pollMs: () => (this.#stream === 'open' ? POLL_WITH_STREAM_MS : pollIntervalMs),
      signal: stop.signal,
      log: log.child({runtime: runtime.id, provider: runtime.provider}),
    })
    return {runtime, wakeup, stop, done}
  }

  #dropClaimer(id: string): void {
    this.#claimers.get(id)?.stop.abort()
    this.#claimers.delete(id)
    this.#options.log.info({event: 'runtime_dropped', runtime: id})
  }

  /** In parallel and with short limits: a slow call delays no other one (fault list 59). */
  async #runHeartbeats(): Promise<void> {
    const {heartbeatIntervalMs} = this.#options
    const pause = new Wakeup()
    while (!this.#stop.signal.aborted) {
      await pause.wait(this.#stop.signal, heartbeatIntervalMs * (0.9 + Math.random() * 0.1))
      if (this.#stop.signal.aborted) return
      await Promise.all([...this.#claimers.keys()].map((id) => this.#beat(id)))
    }
  }

  /** One heartbeat, and the ping that its answer may bring. */
  async #beat(id: string): Promise<void> {
    const {connection, onPing, log} = this.#options
    const signal = AbortSignal.timeout(HEARTBEAT_TIMEOUT_MS)
    try {
      const answer = await connection.call((api) => api.heartbeat(id, {signal}))
      const runtime = this.#claimers.get(id)?.runtime
      if (answer?.pending_ping && runtime) onPing(answer.pending_ping.id, runtime)
    } catch (error) {
      log.warn({event: 'heartbeat_failed', runtime: id, error: String(error)})
      if (isGone(error)) this.registerAgain()
    }
  }

  async #deregister(ids: string[]): Promise<void> {
    const limit = {timeoutMs: HEARTBEAT_TIMEOUT_MS}
    await this.#options.connection
      .call((api) => api.deregister(ids, limit))
      .catch((error: unknown) => {
        this.#options.log.warn({event: 'deregister_failed', error: String(error)})
      })
  }
}

/** The server no longer knows the runtime; an original server says 500 for that (contract §5.6). */
function isGone(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 404 || error.status === 500)
}

function timer(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}
