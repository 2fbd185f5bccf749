import {isTerminal} from '../../src/protocol/task.js'
import type {ServerContext} from '../context.js'
import {lastSeq} from '../services/last-seq.js'
import {statusPayload} from '../services/task-view.js'
import {frame} from './frame.js'
import {encodeFrames, type Frames, type MessageRow, type TaskIds} from './message-frames.js'
import type {MessagePages} from './message-pages.js'
import {taskTopic} from './wakeups.js'

/** Bytes of encoded frames that a task with readers keeps for those at its end. */
const TAIL_BYTES = 512 * 1024
/** The first messages shall come at once. */
export const FIRST_PAGE = 40
const NEXT_PAGE = 1000

/** A task's state as readers see it, read once for all of them. */
export interface TaskState {
  /** Rises with every reading that found something new. */
  version: number
  tokenHash: string | null
  /** `task:status`, ready to be written. */
  statusFrame: string
  /** `task:progress`, when there is one. */
  progressFrame: string
  /** Nothing comes after `lastSeq`, unless a lost run comes back (stream §7). */
  ended: boolean
  /** Nothing can come after `lastSeq`. */
  sealed: boolean
  lastSeq: number
  endFrame: string
  /** The messages have been deleted. */
  pruned: boolean
}

/**
 * What the readers of one task share: wake-ups, the state of the task, and the newest frames
 * (stream §6.2). Lives as long as somebody reads.
 */
export class TaskChannel {
  readonly taskId: string
  #listeners = new Set<() => void>()
  #context: ServerContext
  #pageReader: MessagePages
  #tail: Frames[] = []
  #tailBytes = 0
  #tailIsNewest = false
  #state: Promise<TaskState | null> | undefined
  #current: TaskState | undefined
  #version = 0
  #lastFrames = ''
  #pages = new Map<number, Promise<Frames | null>>()
  #unsubscribe: () => void
  #ids: TaskIds | undefined

  constructor(context: ServerContext, pages: MessagePages, taskId: string) {
    this.#context = context
    this.#pageReader = pages
    this.taskId = taskId
    this.#unsubscribe = context.wakeups.subscribe(taskTopic(taskId), (seq) => {
      if (seq === undefined) {
        this.#state = undefined
        this.#current = undefined
      } else if ((this.#tail.at(-1)?.lastSeq ?? 0) >= seq) {
        return
      }
      this.refresh()
    })
  }

  /** Something may have come that was not offered here: the next reading asks the database. */
  refresh(): void {
    this.#tailIsNewest = false
    // A reading that is under way may be older than the news.
    this.#pages.clear()
    this.#notify()
  }

  close(): void {
    this.#unsubscribe()
  }

  get readers(): number {
    return this.#listeners.size
  }

  /** Calls the listener at every news, until `leave`. Join before the first reading (stream §6.1). */
  join(listener: () => void): void {
    this.#listeners.add(listener)
  }

  leave(listener: () => void): void {
    this.#listeners.delete(listener)
  }

  /** Rows that have just been committed here, in order; fills the tail without a query. */
  offer(rows: readonly MessageRow[]): void {
    if (rows.length > 0 && this.#ids) {
      const frames = encodeFrames(rows, this.#ids)
      const last = this.#tail.at(-1)
      if (last && last.lastSeq + 1 !== frames.firstSeq) this.#forget()
      this.#tail.push(frames)
      this.#tailIsNewest = true
      this.#tailBytes += frames.withIds.plain.length
      while (this.#tailBytes > TAIL_BYTES && this.#tail.length > 1) {
        this.#tailBytes -= this.#tail.shift()?.withIds.plain.length ?? 0
      }
    }
    this.#notify()
  }

  /** The frames after a cursor: from the tail, or from one reading of the database shared by all who ask. */
  async after(cursor: number): Promise<Frames | null> {
    const last = this.#tail.at(-1)
    if (this.#tailIsNewest && last?.lastSeq === cursor) return null
    const cached = this.fromTail(cursor)
    if (cached) return cached
    const pending = this.#pages.get(cursor)
    if (pending) return pending
    const page = this.#readPage(cursor).finally(() => {
      if (this.#pages.get(cursor) === page) this.#pages.delete(cursor)
    })
    this.#pages.set(cursor, page)
    return page
  }

  /** The frames after a cursor when they are at hand. */
  fromTail(cursor: number): Frames | undefined {
    // Nearly all readers are at the end, so that is where to look first.
    return this.#tail.findLast((frames) => frames.firstSeq === cursor + 1)
  }

  /** The task as it stands now; null when it is gone. */
  state(): Promise<TaskState | null> {
    if (this.#state) return this.#state
    const reading = this.#readState()
    this.#state = reading
    reading.then(
      (state) => {
        if (this.#state === reading) this.#current = state ?? undefined
      },
      () => {
        if (this.#state === reading) this.#state = undefined
      },
    )
    return reading
  }

  /** The state as `state` would give it, when that is known and nothing has happened since. */
  get current(): TaskState | undefined {
    return this.#current
  }

  #notify(): void {
    for (const listener of this.#listeners) listener()
  }

  #forget(): void {
    this.#tail = []
    this.#tailBytes = 0
  }

  async #readPage(cursor: number): Promise<Frames | null> {
    const limit = cursor === 0 ? FIRST_PAGE : NEXT_PAGE
    return this.#ids ? this.#pageReader.read(this.#ids, cursor, limit) : null
  }

  async #readState(): Promise<TaskState | null> {
    const row = await this.#context.db.models.Task.findByPk(this.taskId)
    if (!row) return null
    this.#ids = {task_id: row.id, issue_id: row.issue_id ?? null}
    const payload = statusPayload(row)
    const statusFrame = frame('task:status', JSON.stringify(payload))
    const progress = row.progress && {...this.#ids, ...row.progress}
    const progressFrame = progress ? frame('task:progress', JSON.stringify(progress)) : ''
    // The worker of a lost run, or of one that was given up, may come back, but nobody shall wait for that
    // (stream §7).
    const isAway = row.end_reason === 'lost' || row.given_up_at !== null
    const ended = isTerminal(row.status) && (row.sealed_at !== null || isAway)
    // A sealed task knows its number itself: its messages may be gone.
    const counts = ended && row.sealed_at === null
    const last = counts ? await lastSeq(this.#context.db, row.id) : row.last_seq
    const end = {
      task_id: row.id,
      status: row.status,
      last_seq: last,
      sealed: row.sealed_at !== null,
      end_reason: row.end_reason ?? null,
      error: row.error ?? null,
      result: row.result ?? null,
      usage: row.usage ?? null,
      diff: row.diff ?? null,
    }
    const endFrame = frame('end', JSON.stringify(end))
    if (statusFrame + progressFrame !== this.#lastFrames) this.#version++
    this.#lastFrames = statusFrame + progressFrame
    return {
      version: this.#version,
      tokenHash: row.token_hash,
      statusFrame,
      progressFrame,
      ended,
      sealed: row.sealed_at !== null,
      lastSeq: last,
      endFrame,
      pruned: row.pruned_at !== null,
    }
  }
}
