import type {Api} from '../client/api.js'
import {isRefused, retry} from '../client/retry.js'
import type {Log} from '../log.js'
import type {InputReceipt, TaskInbox, TaskInput, TaskRequest} from '../protocol/task-request.js'

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
  #receipts: Promise<void> = Promise.resolve()

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

  /** Tells the server what has become of a message, however long that takes. */
  settle(inputId: string, status: InputReceipt['status']): void {
    this.#receipts = this.#receipts.then(() => this.#settle(inputId, status))
  }

  /** The same for messages that the agent of a dead worker had already: they are not for the next run. */
  settleTold(told: readonly string[]): void {
    if (told.length === 0) return
    this.#receipts = this.#receipts.then(async () => {
      const {inputs} = await this.#ask([]).catch(() => ({inputs: []}))
      for (const {id} of inputs) if (told.includes(id)) await this.#settle(id, 'delivered')
    })
  }

  /** Resolves when the server knows of every message; the report of the run's end waits for it. */
  settled(): Promise<void> {
    return this.#receipts
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
    while (this.#isStale) {
      this.#isStale = false
      const inbox = await this.#ask([...this.#waiting.keys()])
      for (const request of inbox.requests) {
        if (request.status !== 'open') this.#waiting.get(request.id)?.(request)
      }
      for (const input of inbox.inputs) this.#onInput?.(input)
    }
  }

  #ask(requestIds: string[]): Promise<TaskInbox> {
    const {api, taskId, signal} = this.#deps
    return retry(() => api.inbox(taskId, requestIds, {signal}), {
      signal,
      isFinal: isRefused,
    })
  }

  async #settle(inputId: string, status: InputReceipt['status']): Promise<void> {
    const {api, taskId, signal, log} = this.#deps
    try {
      await retry(() => api.settleInput(taskId, inputId, {status}, {signal}), {
        signal,
        isFinal: isRefused,
      })
    } catch (error) {
      if (!signal.aborted) log.warn({event: 'input_not_settled', input: inputId, err: error})
    }
  }
}
