import {setTimeout as sleep} from 'node:timers/promises'
import type {TaskEndEvent} from '../../src/protocol/events.js'
import type {StoredTaskMessage} from '../../src/protocol/task-message.js'
import {openSse, type SseReader} from '../support/sse-reader.js'
import type {Random} from './random.js'
import {complain, newRecord, type ReaderRecord, take, takeAgain} from './reader-record.js'

export type Behaviour = 'steady' | 'slow' | 'stalled' | 'hopping' | 'old-cursor'
export const BEHAVIOURS: readonly Behaviour[] = [
  'steady',
  'slow',
  'stalled',
  'hopping',
  'old-cursor',
]

/** A connection that says nothing for so long is left; heartbeats come every 10 s. */
const SILENCE_MS = 20_000
/** A run that was given up as lost may come back. */
const LOST_PAUSE_MS = 1000

export interface FollowOptions {
  url: string
  token: string
  taskId: string
  behaviour: Behaviour
  random: Random
  signal: AbortSignal
}

/** Follows a task over raw SSE to its end, in a certain manner, through whatever happens. */
export async function follow(options: FollowOptions): Promise<ReaderRecord> {
  const {taskId, behaviour, random, signal} = options
  const record = newRecord(`sse ${behaviour}`, taskId)
  while (record.end === undefined && !signal.aborted) {
    const best = record.got.length
    const goesBack = behaviour === 'old-cursor' && random.chance(0.5)
    record.connections++
    await once(options, record, goesBack ? Math.max(0, best - random.int(0, 50)) : best)
    const pauseMs = record.wasLost ? LOST_PAUSE_MS : random.int(20, 300)
    if (record.end === undefined) await sleep(pauseMs, undefined, {signal}).catch(() => {})
  }
  return record
}

/** One connection, which ends in whatever way. */
async function once(options: FollowOptions, record: ReaderRecord, cursor: number): Promise<void> {
  const {url, token, taskId, behaviour, random, signal} = options
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(), SILENCE_MS)
  const leaves = behaviour === 'hopping' || behaviour === 'old-cursor'
  const state = {
    next: cursor + 1,
    last: leaves ? cursor + random.int(1, 120) : Infinity,
    over: false,
  }
  try {
    const reader = await openSse(`${url}/api/tasks/${taskId}/stream?since=${cursor}`, {
      token,
      signal: AbortSignal.any([signal, over.signal]),
      onChunk(open) {
        timer.refresh()
        receive(open, record, state)
        if (state.next > state.last || state.over) open.close()
        else linger(open, behaviour, random)
      },
    })
    while (reader.status === 200 && !reader.ended && !state.over) await sleep(20)
    receive(reader, record, state)
    reader.close()
  } catch {
    // Refused or cut: it comes again.
  } finally {
    clearTimeout(timer)
  }
}

interface Connection {
  /** The number that must come next on this connection. */
  next: number
  /** The reader leaves after this one. */
  last: number
  over: boolean
}

function receive(reader: SseReader, record: ReaderRecord, state: Connection): void {
  for (const {event, data} of reader.events.splice(0)) {
    if (event === 'end') {
      hearEnd(record, JSON.parse(data))
      state.over = true
    }
    if (event !== 'task:message') continue
    const message = JSON.parse(data) as StoredTaskMessage
    if (message.seq !== state.next) complain(record, `expected ${state.next}, got ${message.seq}`)
    state.next = message.seq + 1
    if (message.seq <= record.got.length) takeAgain(record, message)
    else take(record, message)
  }
}

function hearEnd(record: ReaderRecord, {status, sealed, last_seq}: TaskEndEvent): void {
  if (!sealed) {
    record.wasLost = true
    return
  }
  record.end = status
  if (last_seq > record.got.length) {
    complain(record, `heard the end after ${record.got.length} of ${last_seq} messages`)
  }
}

function linger(reader: SseReader, behaviour: Behaviour, random: Random): void {
  const ms = behaviour === 'slow' ? 10 : behaviour === 'stalled' && random.chance(0.02) ? 5000 : 0
  if (ms === 0) return
  reader.pause()
  setTimeout(reader.resume, ms)
}
