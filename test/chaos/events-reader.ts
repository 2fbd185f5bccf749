import {setTimeout as sleep} from 'node:timers/promises'
import {decodeCursor, encodeCursor} from '../../server/feed/cursor.js'
import type {TaskStatusEvent} from '../../src/protocol/events.js'
import {isTerminal, type Task} from '../../src/protocol/task.js'
import {openSse, type SseReader} from '../support/sse-reader.js'
import {until} from '../support/until.js'
import type {Random} from './random.js'
import {complain, newRecord, type ReaderRecord, take} from './reader-record.js'

/** Tasks on one connection (stream §5). */
const MAX_TASKS = 50
const SILENCE_MS = 20_000

/** What the reader of the workspace has seen of one task. */
export interface EventsRecord extends ReaderRecord {
  /** `task:completed` and `task:failed` events. */
  completed: number
  failed: number
  /** How often the run was given up as lost. */
  lost: number
  /** Events were skipped, as the server said, and the state was read instead. */
  resynced: boolean
}

export interface EventsReaderOptions {
  url: string
  token: string
  workspaceId: string
  random: Random
  /** Reads a task's state, for what was skipped. */
  readTask(taskId: string): Promise<Task>
}

/**
 * One reader of `/api/events`, as a dashboard is one: follows all tasks of the moment on one connection and
 * goes on from the last cursor. What came after that cursor on a connection that was cut does not count, so
 * everything must come exactly once.
 */
export class EventsReader {
  readonly #options: EventsReaderOptions
  readonly #stop = new AbortController()
  readonly #tasks = new Map<string, EventsRecord>()
  /** Tasks that nobody has named yet: a retry may end before it is found. */
  readonly #heard = new Map<string, EventsRecord>()
  #cursor: string | undefined
  #changed = false
  resyncs = 0
  /** What it waits for, for those who wonder why it does not end. */
  doing = 'nothing'
  readonly #violations: string[] = []
  readonly #done: Promise<void>

  constructor(options: EventsReaderOptions) {
    this.#options = options
    this.#done = this.#run()
  }

  /** The reader stands in the stream: what happens from now on it will see. */
  async ready(): Promise<void> {
    await until('the reader of all events has its first cursor', () => this.#cursor, 60_000)
  }

  /** Asks for the messages of a task too. What the workspace's events have told of it so far counts. */
  follow(taskId: string): void {
    this.#tasks.set(taskId, this.#heard.get(taskId) ?? newEventsRecord(taskId))
    this.#heard.delete(taskId)
    this.#changed = true
  }

  /** Waits until everything of an ended task has come, and forgets the task. */
  async finish(taskId: string, lastSeq: number, limitMs: number): Promise<EventsRecord> {
    const record = this.#tasks.get(taskId)
    if (!record) throw new Error(`the reader of all events does not follow ${taskId}`)
    const isComplete = () => record.end !== undefined && record.got.length >= lastSeq
    await until('all events of a task have come', isComplete, limitMs).catch(() => {
      complain(record, `has ${record.got.length} of ${lastSeq} messages, end ${record.end}`)
    })
    this.#tasks.delete(taskId)
    return record
  }

  /** @returns what must not be */
  async stop(): Promise<string[]> {
    this.#stop.abort()
    await this.#done
    return this.#violations
  }

  async #run(): Promise<void> {
    const {random} = this.#options
    while (!this.#stop.signal.aborted) {
      const asksTooFar = this.#cursor !== undefined && random.chance(0.03)
      await this.#once(asksTooFar ? beyond(this.#cursor as string) : this.#cursor, asksTooFar)
      await sleep(random.int(20, 300))
    }
  }

  async #once(cursor: string | undefined, asksTooFar: boolean): Promise<void> {
    const {url, token, workspaceId} = this.#options
    const tasks = [...this.#tasks.keys()].slice(0, MAX_TASKS)
    this.#changed = false
    const query = new URLSearchParams([
      ['workspace_id', workspaceId],
      ...tasks.map((id) => ['task', id]),
    ] as [string, string][])
    const over = new AbortController()
    const timer = setTimeout(() => over.abort(), SILENCE_MS)
    const work: Promise<void>[] = []
    let told = !asksTooFar
    const pending: {event: string; data: string}[] = []
    const receive = (reader: SseReader) => {
      for (const {event = '', data, id} of reader.events.splice(0)) {
        if (event === 'resync') {
          told = true
          work.push(this.#resync())
        } else if (event !== 'cursor') pending.push({event, data})
        else {
          if (!told) this.#violations.push('an impossible cursor was not answered with resync')
          told = true
          this.#cursor = id
          for (const one of pending.splice(0)) this.#take(one.event, one.data)
        }
      }
    }
    try {
      this.doing = 'connects'
      const reader = await openSse(`${url}/api/events?${query}`, {
        token,
        headers: cursor === undefined ? {} : {'last-event-id': cursor},
        signal: AbortSignal.any([this.#stop.signal, over.signal]),
        onChunk: (open) => {
          timer.refresh()
          receive(open)
        },
      })
      this.doing = 'reads'
      const goesOn = () => reader.status === 200 && !reader.ended && !this.#stop.signal.aborted
      while (goesOn() && !this.#changed) await sleep(50)
      reader.close()
    } catch {
      // Refused or cut: it comes again.
    } finally {
      clearTimeout(timer)
      this.doing = 'reads the state of tasks'
      await Promise.all(work)
      this.doing = 'nothing'
    }
  }

  #take(event: string, text: string): void {
    if (event === 'task:message') {
      const message = JSON.parse(text)
      const record = this.#tasks.get(message.task_id)
      if (record) take(record, message)
      return
    }
    if (!event.startsWith('task:')) return
    const data = JSON.parse(text)
    const record = this.#tasks.get(data.task_id) ?? this.#hear(data.task_id)
    if (event === 'task:completed') record.completed++
    if (event === 'task:failed') record.failed++
    if (event === 'task:status') takeStatus(record, data)
  }

  #hear(taskId: string): EventsRecord {
    const record = this.#heard.get(taskId) ?? newEventsRecord(taskId)
    this.#heard.set(taskId, record)
    return record
  }

  /** Honours a resync: what the skipped events have told is read. */
  async #resync(): Promise<void> {
    this.resyncs++
    for (const record of [...this.#tasks.values(), ...this.#heard.values()]) {
      record.resynced = true
      const {status, end_reason} = await this.#options.readTask(record.taskId)
      if (isTerminal(status) && end_reason !== 'lost') record.end = status
    }
  }
}

const newEventsRecord = (taskId: string): EventsRecord => ({
  ...newRecord('events', taskId),
  completed: 0,
  failed: 0,
  lost: 0,
  resynced: false,
})

function takeStatus(record: EventsRecord, {status, end_reason}: TaskStatusEvent): void {
  const isLost = status === 'failed' && end_reason === 'lost'
  if (isLost) record.lost++
  if (record.end !== undefined && record.end !== status && !record.resynced) {
    complain(record, `was ${record.end} and then ${status}`)
  }
  if (isTerminal(status) && !isLost) record.end = status
}

/** The same place among the messages, and an event that has never been. */
function beyond(cursor: string): string {
  const decoded = decodeCursor(cursor)
  if (!decoded) throw new Error('a cursor of the server cannot be read')
  return encodeCursor({...decoded, event: decoded.event + 1_000_000_000})
}
