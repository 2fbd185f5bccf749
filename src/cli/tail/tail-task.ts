import type {Api} from '../../client/api.js'
import {followTask} from '../../client/follow-task.js'
import {ApiError, NetworkError} from '../../client/http-client.js'
import type {TaskStatusEvent, TaskStreamEvent} from '../../protocol/events.js'
import {MAX_PAGE_MESSAGES} from '../../protocol/limits.js'
import type {Task} from '../../protocol/task.js'
import type {StoredTaskMessage} from '../../protocol/task-message.js'
import {EXIT, exitCodeOfResult, TimeoutPassed} from '../exit-codes.js'
import type {Notes} from '../notes.js'
import type {Outcome} from '../transcript/outcome.js'
import {outcomeOf, type TailView} from '../transcript/tail-view.js'
import {createConnectionNotes} from './connection-notes.js'
import {findTask, type PatienceOptions, patiently} from './find-task.js'
import {createRequestNotes} from './request-notes.js'
import {createWaitingNotes} from './waiting-notes.js'

export interface TailOptions {
  /** A task id, or an issue for its newest run. */
  named: string
  /** Shows what comes after this seq. */
  since: number
  /** Shows the last messages only; undefined for all. */
  tail: number | undefined
  follow: boolean
  /** Gives up after this time, in milliseconds. */
  timeoutMs: number | undefined
  retry: boolean
  view: TailView
  notes: Notes
  write: (text: string) => Promise<void>
  signal: AbortSignal
  /** Called with the last seq that has been written, whenever it grows. */
  onSeq?: (taskId: string, seq: number) => void
}

/**
 * Shows a run from where the caller wants it to its end (stream §5).
 * @returns the exit code that belongs to the run's result (design §5)
 * @throws TimeoutPassed, NetworkError when the server could not be reached in the given time,
 *   Interruption, ApiError
 */
export async function tailTask(api: Api, options: TailOptions): Promise<number> {
  const limit = new AbortController()
  const timer = options.timeoutMs
    ? setTimeout(() => limit.abort(new TimeoutPassed()), options.timeoutMs)
    : undefined
  const signal = AbortSignal.any([options.signal, limit.signal])
  const tailing = new Tailing(api, options, signal)
  try {
    return await tailing.run()
  } catch (error) {
    if (!signal.aborted) throw error
    await tailing.leave()
    throw tailing.reasonOf(signal)
  } finally {
    clearTimeout(timer)
    tailing.stop()
  }
}

class Tailing {
  readonly #api: Api
  readonly #options: TailOptions
  readonly #signal: AbortSignal
  readonly #connection
  #lastFailure: unknown
  #status: TaskStatusEvent | undefined
  #toolCalls = 0

  constructor(api: Api, options: TailOptions, signal: AbortSignal) {
    this.#api = api
    this.#options = options
    this.#signal = signal
    this.#connection = createConnectionNotes(options.notes)
  }

  async run(): Promise<number> {
    const {view, follow} = this.#options
    const task = await findTask(this.#api, this.#options.named, this.#patience())
    this.#answered()
    await this.#write(view.begin(task))
    const since = await this.#start(task)
    return follow ? this.#follow(task, since) : this.#showStored(task, since)
  }

  /** Ends an open line; a reader that has gone does not mind. */
  async leave(): Promise<void> {
    await this.#options.write(this.#options.view.leave()).catch(() => undefined)
  }

  stop(): void {
    this.#connection.stop()
  }

  /** A time limit that passed without any connection says what was wrong with the server. */
  reasonOf(signal: AbortSignal): unknown {
    const failure = this.#lastFailure ?? this.#connection.failure
    if (signal.reason instanceof TimeoutPassed && failure instanceof NetworkError) return failure
    return signal.reason
  }

  #patience(): PatienceOptions {
    const onRetry = (error: unknown) => {
      this.#lastFailure = error
      this.#connection.onState({state: 'waiting', error})
    }
    return {signal: this.#signal, retry: this.#options.retry, onRetry}
  }

  #answered(): void {
    this.#lastFailure = undefined
    this.#connection.onState({state: 'open'})
  }

  #write(text: string): Promise<void> {
    return this.#options.write(text)
  }

  /** The seq after which to begin. */
  async #start(task: Task): Promise<number> {
    const {since, tail} = this.#options
    if (tail === undefined) return since
    const read = () =>
      tail === 0
        ? this.#api.task(task.id).then(({last_seq}) => last_seq)
        : this.#api.messages(task.id, {tail}).then(([first]) => (first ? first.seq - 1 : 0))
    const start = await patiently(read, this.#patience())
    this.#answered()
    return Math.max(since, start)
  }

  async #follow(task: Task, since: number): Promise<number> {
    const waiting = createWaitingNotes(this.#api, task, this.#options.notes)
    const requests = createRequestNotes(this.#api, task.id, this.#options.notes)
    const stream = followTask(this.#api.client, task.id, {
      since,
      signal: this.#signal,
      onState: (state) => this.#connection.onState(state),
      maxOutageMs: this.#options.retry ? undefined : 0,
    })
    try {
      for await (const event of stream) {
        if (event.event === 'task:status') {
          waiting.onStatus(event.data.status)
          requests.onStatus(event.data.open_requests)
        } else waiting.stop()
        const exitCode = await this.#take(event, since)
        if (exitCode !== undefined) return exitCode
      }
    } finally {
      waiting.stop()
    }
    this.#signal.throwIfAborted()
    throw new NetworkError(
      this.#api.client.serverUrl,
      'the stream ended without the end of the run',
    )
  }

  async #take(event: TaskStreamEvent, since: number): Promise<number | undefined> {
    const {view} = this.#options
    switch (event.event) {
      case 'task:message':
        await this.#message(event.data)
        return undefined
      case 'task:progress':
        await this.#write(view.progress(event.data))
        return undefined
      case 'task:status':
        this.#status = event.data
        return undefined
      case 'end':
        return this.#end({
          end: event.data,
          startedAt: this.#status?.started_at ?? null,
          completedAt: this.#status?.completed_at ?? null,
          toolCalls: since === 0 ? this.#toolCalls : undefined,
        })
    }
  }

  async #message(message: StoredTaskMessage): Promise<void> {
    const {view, onSeq} = this.#options
    if (message.type === 'tool_use') this.#toolCalls++
    const isCut = view.wantsWhole && message.truncated === true
    await this.#write(view.message(isCut ? await this.#whole(message) : message))
    onSeq?.(message.task_id, message.seq)
  }

  /**
   * The live stream carries 8 KiB of an output; the rest is read on its own (stream §4), with the patience that
   * the user has for everything else.
   */
  async #whole(message: StoredTaskMessage): Promise<StoredTaskMessage> {
    const {task_id: id, seq} = message
    try {
      return await patiently(() => this.#api.message(id, seq), this.#patience())
    } catch (error) {
      this.#signal.throwIfAborted()
      // The cut message is marked as such, and better than none.
      if (error instanceof ApiError || error instanceof NetworkError) return message
      throw error
    }
  }

  async #showStored(task: Task, since: number): Promise<number> {
    const {view} = this.#options
    let cursor = since
    for (;;) {
      const query = {since: cursor, limit: MAX_PAGE_MESSAGES}
      const page = await patiently(() => this.#api.messages(task.id, query), this.#patience())
      for (const message of page) await this.#message(message)
      cursor = page.at(-1)?.seq ?? cursor
      if (page.length === 0 || cursor >= task.last_seq) break
    }
    const outcome = outcomeOf(task, since === 0 ? this.#toolCalls : undefined)
    if (outcome) return this.#end(outcome)
    await this.#write(view.leave())
    return EXIT.ok
  }

  async #end(outcome: Outcome): Promise<number> {
    const {view, notes} = this.#options
    await this.#write(view.end(outcome))
    const remark = view.remark(outcome)
    if (remark) notes.say(remark)
    return exitCodeOfResult(outcome.end.status)
  }
}
