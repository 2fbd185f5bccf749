import type {IncomingMessage, ServerResponse} from 'node:http'
import {setTimeout as sleep} from 'node:timers/promises'
import {createEventBuffer, createSession} from 'better-sse'
import {AppError} from '../../src/errors.js'
import {SSE_HEARTBEAT_MS, SSE_RETRY_MS} from '../../src/protocol/limits.js'
import {HEARTBEAT} from './frame.js'

/** One connection of a reader. The only file that knows better-sse. */
export interface SseSession {
  /** Aborted when the reader has gone or the server stops. */
  readonly signal: AbortSignal
  /**
   * Hands bytes to the socket and waits until it has room for more, so that a slow reader costs at
   * most one batch of memory (stream §6.3). Does nothing after the end.
   */
  write(bytes: Buffer | string): Promise<void>
  /** Ends the answer; the reader decides whether it comes back. */
  end(): void
}

/** All connections of a server: they share one heartbeat timer and one end. */
export interface SseSessions {
  open(req: IncomingMessage, res: ServerResponse): Promise<SseSession>
  /** Number of open connections. */
  readonly size: number
  /**
   * Ends all of them, evenly over so many milliseconds, so that the readers do not come back elsewhere
   * all at once. New ones are refused from now on.
   */
  stop(spreadMs?: number): Promise<void>
}

interface Open {
  lastWriteAt: number
  beat(): void
  end(): void
}

/** The timer looks more often than it has to beat, so that no silence grows past the limit. */
const BEAT_CHECKS = 4
/** Between two portions of connections that are ended at a stop. */
const SPREAD_STEP_MS = 50

export function createSseSessions(): SseSessions {
  const open = new Set<Open>()
  let stopping = false
  const timer = setInterval(() => {
    const silentSince = Date.now() - SSE_HEARTBEAT_MS * (1 - 1 / BEAT_CHECKS)
    for (const session of open) if (session.lastWriteAt <= silentSince) session.beat()
  }, SSE_HEARTBEAT_MS / BEAT_CHECKS)
  timer.unref()
  return {
    async open(req, res) {
      if (stopping) throw new AppError('unavailable', 'the server is stopping; connect again')
      return openSession(req, res, open)
    },
    get size() {
      return open.size
    },
    async stop(spreadMs = 0) {
      clearInterval(timer)
      stopping = true
      const until = Date.now() + spreadMs
      for (let left = open.size; left > 0; left = open.size) {
        const now = Date.now()
        const share = now >= until ? left : Math.ceil((left * SPREAD_STEP_MS) / (until - now))
        for (const session of [...open].slice(0, share)) session.end()
        if (open.size > 0) await sleep(SPREAD_STEP_MS)
      }
    },
  }
}

async function openSession(
  req: IncomingMessage,
  res: ServerResponse,
  open: Set<Open>,
): Promise<SseSession> {
  const over = new AbortController()
  const session = await createSession(req, res, {
    keepAlive: null,
    retry: SSE_RETRY_MS,
    headers: {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
    },
  })
  const entry: Open = {
    lastWriteAt: Date.now(),
    beat() {
      // A socket that is full is alive enough, and must not get more.
      if (!res.writableNeedDrain) send(HEARTBEAT)
    },
    end() {
      over.abort()
      open.delete(entry)
      if (!res.writableEnded) res.end()
    },
  }
  const buffer = createEventBuffer()
  const send = (bytes: Buffer | string) => {
    if (over.signal.aborted || !session.isConnected) return
    entry.lastWriteAt = Date.now()
    // The library passes what it reads straight to the response, which takes bytes as well.
    buffer.read = () => bytes as string
    void session.batch(buffer)
  }
  open.add(entry)
  session.once('disconnected', entry.end)
  res.once('error', entry.end)
  if (req.destroyed || res.destroyed) entry.end()
  return {
    signal: over.signal,
    async write(bytes) {
      send(bytes)
      if (res.writableNeedDrain) await drained(res, over.signal)
    },
    end: entry.end,
  }
}

function drained(res: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      res.off('drain', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    res.once('drain', done)
    signal.addEventListener('abort', done, {once: true})
  })
}
