import {setTimeout as sleep} from 'node:timers/promises'
import type {StoredTaskMessage} from '../../src/protocol/task-message.js'
import {startCli} from '../support/run-cli.js'
import {openSse, type SseReader} from '../support/sse-reader.js'
import type {Random} from './random.js'

export type Behaviour = 'steady' | 'slow' | 'stalled' | 'hopping' | 'old-cursor'
export const BEHAVIOURS: readonly Behaviour[] = [
  'steady',
  'slow',
  'stalled',
  'hopping',
  'old-cursor',
]

/** What one reader of one task has got. */
export interface ReaderRecord {
  name: string
  taskId: string
  /** Text of each message by its number, in the order of arrival. */
  got: {seq: number; content: string | undefined}[]
  finished: boolean
  /** What must not be: repeats, holes, a wrong exit code. */
  violations: string[]
  connections: number
}

const newRecord = (name: string, taskId: string): ReaderRecord => ({
  name,
  taskId,
  got: [],
  finished: false,
  violations: [],
  connections: 0,
})

/** A connection that says nothing for so long is left; heartbeats come every 10 s. */
const SILENCE_MS = 20_000

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
  let best = 0
  while (!record.finished && !signal.aborted) {
    const cursor =
      behaviour === 'old-cursor' && random.chance(0.5)
        ? Math.max(0, best - random.int(0, 50))
        : best
    record.connections++
    best = await once(options, record, cursor, best).catch(() => best)
    if (!record.finished) await sleep(random.int(20, 300), undefined, {signal}).catch(() => {})
  }
  return record
}

/** One connection. @returns the highest number so far */
async function once(
  {url, token, taskId, behaviour, random, signal}: FollowOptions,
  record: ReaderRecord,
  cursor: number,
  best: number,
): Promise<number> {
  const over = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const alive = () => {
    clearTimeout(timer)
    timer = setTimeout(() => over.abort(), SILENCE_MS)
  }
  let next = cursor + 1
  let highest = best
  const limit =
    behaviour === 'hopping' || behaviour === 'old-cursor' ? random.int(1, 120) : Infinity
  const take = (reader: SseReader) => {
    for (const {event, data} of reader.events.splice(0)) {
      if (event === 'end') record.finished = true
      if (event !== 'task:message') continue
      const {seq, content} = JSON.parse(data) as StoredTaskMessage
      if (seq !== next) record.violations.push(`expected ${next}, got ${seq}`)
      next = seq + 1
      if (seq <= highest) continue
      highest = seq
      record.got.push({seq, content})
    }
  }
  alive()
  try {
    const reader = await openSse(`${url}/api/tasks/${taskId}/stream?since=${cursor}`, {
      token,
      signal: AbortSignal.any([signal, over.signal]),
      onChunk(open) {
        alive()
        take(open)
        if (next - cursor > limit && !record.finished) open.close()
        else linger(open, behaviour, random)
      },
    })
    if (reader.status !== 200) {
      reader.close()
      return highest
    }
    while (!reader.ended && !record.finished) await sleep(20)
    take(reader)
    reader.close()
    return highest
  } finally {
    clearTimeout(timer)
  }
}

function linger(reader: SseReader, behaviour: Behaviour, random: Random): void {
  const ms = behaviour === 'slow' ? 10 : behaviour === 'stalled' && random.chance(0.02) ? 5000 : 0
  if (ms === 0) return
  reader.pause()
  setTimeout(reader.resume, ms)
}

/** Follows a task with the real command. */
export async function tail(
  taskId: string,
  options: {home: string; url: string; token: string},
): Promise<ReaderRecord> {
  const record = newRecord('task tail', taskId)
  const env = {MULTICA_SERVER_URL: options.url, MULTICA_TOKEN: options.token}
  const cli = startCli(['task', 'tail', taskId, '--json'], {home: options.home, env, limitMs: 0})
  const {code, stdout, stderr} = await cli.done
  const lines = stdout.trimEnd().split('\n')
  const result = JSON.parse(lines.pop() || '{}')
  record.finished = result.type === 'result'
  const wanted = {completed: 0, failed: 1, cancelled: 3}[String(result.status)]
  if (!record.finished || code !== wanted) {
    record.violations.push(
      `exit code ${code}, result ${JSON.stringify(result)}: ${stderr.slice(-500)}`,
    )
  }
  for (const line of lines) {
    const {seq, content} = JSON.parse(line)
    if (seq !== record.got.length + 1) {
      record.violations.push(`expected ${record.got.length + 1}, got ${seq}`)
    }
    record.got.push({seq, content})
  }
  return record
}
