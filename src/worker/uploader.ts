import type {Api} from '../client/api.js'
import {ApiError} from '../client/http-client.js'
import {isRefused, retry} from '../client/retry.js'
import type {Log} from '../log.js'
import {
  COALESCE_MS,
  KEEP_ALIVE_MS,
  MAX_BATCH_BYTES,
  MAX_BATCH_MESSAGES,
} from '../protocol/limits.js'
import {halved} from '../protocol/message-limits.js'
import {isTerminal, type TaskStatus} from '../protocol/task.js'
import type {TaskMessage} from '../protocol/task-message.js'
import type {Journal} from './journal.js'

/** Why nobody wants the transcript any more (stream §3). */
export type Closed = 'stale_claim' | 'gone' | 'sealed'

export interface UploaderOptions {
  api: Api
  taskId: string
  journal: Journal
  /** The server holds these already. */
  ackedSeq: number
  log: Log
  /** The server says that the task is over. */
  onTerminal: (status: TaskStatus) => void
  onClosed: (reason: Closed) => void
  onAck?: (seq: number) => void
  /** The server will never take a message; a note has its number. */
  onRefused?: () => void
  signal: AbortSignal
}

const UPLOAD_LIMIT_MS = 30_000
/** Room for the frame around the messages. */
const BATCH_BYTES = MAX_BATCH_BYTES - 64 * 1024

/**
 * Sends the journal to the server, in order, one request in flight, again and again until it is
 * acknowledged (stream §3). Reads from the file, so that an outage costs disk and not memory.
 */
export class Uploader {
  readonly #options: UploaderOptions
  #acked: number
  #closed: Closed | undefined
  #maxCount = MAX_BATCH_MESSAGES
  #wake: (() => void) | undefined
  #waiters: {seq: number; resolve: () => void}[] = []
  readonly #done: Promise<void>

  constructor(options: UploaderOptions) {
    this.#options = options
    this.#acked = options.ackedSeq
    this.#done = this.#run()
  }

  get ackedSeq(): number {
    return this.#acked
  }

  get closed(): Closed | undefined {
    return this.#closed
  }

  /** There is something to send. */
  notify(): void {
    this.#wake?.()
  }

  /** The server misses messages from here on. */
  rewind(expectedSeq: number): void {
    this.#acked = Math.min(this.#options.journal.lastSeq, Math.max(0, expectedSeq - 1))
    this.notify()
  }

  /** Resolves when the server holds everything up to now, or wants nothing any more. */
  flushed(): Promise<void> {
    const seq = this.#options.journal.lastSeq
    if (this.#acked >= seq || this.#closed) return Promise.resolve()
    this.notify()
    return new Promise((resolve) => this.#waiters.push({seq, resolve}))
  }

  /** Ends after the signal has been aborted. */
  async stopped(): Promise<void> {
    await this.#done
  }

  async #run(): Promise<void> {
    const {signal, journal} = this.#options
    while (!signal.aborted && !this.#closed) {
      if (journal.lastSeq <= this.#acked) await this.#idle()
      if (signal.aborted) return
      try {
        await this.#sendNext()
      } catch (error) {
        if (signal.aborted) return
        this.#options.log.error({event: 'upload_failed', err: error})
        // Nothing but a fault of our own comes here; a pause keeps it from becoming a storm.
        await this.#pause(1000)
      }
    }
  }

  /** Waits for messages, then a moment for more; after a long silence the lease is renewed (stream §3.4). */
  async #idle(): Promise<void> {
    await this.#pause(KEEP_ALIVE_MS)
    if (this.#options.journal.lastSeq > this.#acked) await this.#gather()
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.#options.signal.removeEventListener('abort', done)
        this.#wake = undefined
        resolve()
      }
      const timer = setTimeout(done, ms)
      this.#options.signal.addEventListener('abort', done, {once: true})
      this.#wake = done
    })
  }

  #gather(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, COALESCE_MS))
  }

  async #sendNext(): Promise<void> {
    const {api, taskId, journal, signal, log} = this.#options
    const messages = await journal.read(this.#acked + 1, this.#maxCount, BATCH_BYTES)
    try {
      const answer = await retry(
        () => api.uploadMessages(taskId, messages, {signal, timeoutMs: UPLOAD_LIMIT_MS}),
        {
          signal,
          isFinal: isRefused,
          onRetry: (error, delayMs) =>
            log.warn({event: 'upload_retry', error: String(error), delay_ms: Math.round(delayMs)}),
        },
      )
      this.#acknowledge(answer.last_seq)
      this.#maxCount = Math.min(MAX_BATCH_MESSAGES, this.#maxCount * 2)
      // A run that its worker has not reported can only have failed as lost: the next upload takes it up
      // again, or is refused (stream §7).
      const isOver = isTerminal(answer.task_status) && answer.task_status !== 'failed'
      if (isOver) this.#options.onTerminal(answer.task_status)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      await this.#refused(error, messages)
    }
  }

  #acknowledge(seq: number): void {
    this.#acked = Math.max(this.#acked, Math.min(seq, this.#options.journal.lastSeq))
    this.#options.onAck?.(this.#acked)
    this.#settle()
  }

  #settle(): void {
    const ready = this.#waiters.filter(({seq}) => this.#closed !== undefined || seq <= this.#acked)
    this.#waiters = this.#waiters.filter((waiter) => !ready.includes(waiter))
    for (const {resolve} of ready) resolve()
  }

  async #refused(error: ApiError, messages: TaskMessage[]): Promise<void> {
    const {log} = this.#options
    if (error.code === 'gap' && error.body.expected_seq !== undefined) {
      log.warn({event: 'upload_gap', expected: error.body.expected_seq})
      this.rewind(error.body.expected_seq)
      return
    }
    if (error.status === 403 || error.status === 401) return this.#close('stale_claim')
    if (error.status === 404) return this.#close('gone')
    if (error.status === 410) return this.#close('sealed')
    if (messages.length > 1) {
      this.#maxCount = Math.max(1, Math.floor(messages.length / 2))
      return
    }
    await this.#replace(error, messages[0])
  }

  /**
   * A single message that the server will never take gives its number to a note about it (stream §3).
   * One that is only too large for what lies in between is cut until it passes: a proxy's limit may be
   * far below the server's.
   */
  async #replace(error: ApiError, message: TaskMessage | undefined): Promise<void> {
    if (!message) throw error
    const {api, taskId, signal, log} = this.#options
    const shorter = error.status === 413 ? halved(message) : undefined
    log.error({event: shorter ? 'message_cut' : 'message_refused', seq: message.seq, err: error})
    if (!shorter) this.#options.onRefused?.()
    const instead = shorter ?? {
      seq: message.seq,
      type: 'error',
      ...(message.at && {at: message.at}),
      content: `the server refused this ${message.type} message: ${error.message}`,
    }
    try {
      const answer = await retry(() => api.uploadMessages(taskId, [instead], {signal}), {
        signal,
        isFinal: isRefused,
      })
      this.#acknowledge(answer.last_seq)
    } catch (failure) {
      if (!shorter || !(failure instanceof ApiError)) throw failure
      await this.#refused(failure, [shorter])
    }
  }

  #close(reason: Closed): void {
    this.#closed = reason
    this.#settle()
    this.#options.onClosed(reason)
  }
}
