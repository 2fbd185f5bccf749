import type {Api} from '../client/api.js'
import {isTransient, retry} from '../client/retry.js'
import type {Log} from '../log.js'
import type {TaskInput, TaskRequest} from '../protocol/task-request.js'

export interface InboxDeps {
  api: Api
  taskId: string
  log: Log
  signal: AbortSignal
}

/** A wake-up may be lost; while somebody is asked, the server is asked this often at the latest. */
const RECONCILE_MS = 15_000

/**
 * What people have for this run: ends of its requests, and messages. The server is asked when the
 * stream of the task's status says that there is news, and slowly while a request is open.
 */
export class Inbox {
  readonly #deps: InboxDeps
  readonly #waiting = new Map<string, (request: TaskRequest) => void>()
  #onInput: ((input: TaskInput) => void) | undefined
  #version = 0
  #fetching: Promise<void> | undefined
  #isStale = false
  #timer: NodeJS.Timeout | undefined

  constructor(deps: InboxDeps) {
    this.#deps = deps
    deps.signal.addEventListener('abort', () => clearInterval(this.#timer), {once: true})
  }

  /** The status of the task says how much there has been for its run so far. */
  heard(version: number): void {
    if (version <= this.#version) return
    this.#version = version
    this.refresh()
  }

  /** From now on messages are handed over, those that wait already included. */
  takeInputs(take: (input: TaskInput) => void): void {
    this.#onInput = take
    this.refresh()
  }

  /** Resolves with a request that is open no more; `forget` ends the waiting. */
  closed(id: string): Promise<TaskRequest> {
    this.#timer ??= setInterval(() => this.#waiting.size > 0 && this.refresh(), RECONCILE_MS)
    this.#timer.unref()
    return new Promise((resolve) => this.#waiting.set(id, resolve))
  }

  forget(id: string): void {
    this.#waiting.delete(id)
  }

  /** Asks the server; several wake-ups share one call. */
  refresh(): void {
    this.#isStale = true
    this.#fetching ??= this.#fetch()
      .catch((error: unknown) => {
        if (!this.#deps.signal.aborted)
          this.#deps.log.warn({event: 'inbox_failed', error: String(error)})
      })
      .finally(() => {
        this.#fetching = undefined
      })
  }

  async #fetch(): Promise<void> {
    const {api, taskId, signal} = this.#deps
    while (this.#isStale) {
      this.#isStale = false
      const ids = [...this.#waiting.keys()]
      const inbox = await retry(() => api.inbox(taskId, ids, {signal}), {
        signal,
        isFinal: (error) => !isTransient(error),
      })
      for (const request of inbox.requests) {
        if (request.status !== 'open') this.#waiting.get(request.id)?.(request)
      }
      for (const input of inbox.inputs) this.#onInput?.(input)
    }
  }
}
