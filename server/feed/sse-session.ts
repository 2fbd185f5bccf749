import type {IncomingMessage, ServerResponse} from 'node:http'
import type {Writable} from 'node:stream'
import {setTimeout as sleep} from 'node:timers/promises'
import {createSession} from 'better-sse'
import {AppError} from '../../src/errors.js'
import {SSE_HEARTBEAT_MS, SSE_RETRY_MS} from '../../src/protocol/limits.js'
import {type Chunk, chunkOf} from './chunk.js'
import {HEARTBEAT} from './frame.js'

/** One connection of a reader. The only file that knows better-sse. */
export interface SseSession {
  /** Aborted when the reader has gone or the server stops. */
  readonly signal: AbortSignal
  /**
   * Waits until the socket has room, hands it the bytes, and waits until it has room for more, so that
   * a slow reader costs at most one batch of memory (stream §6.3). Does nothing after the end.
   */
  write(bytes: Chunk | string): Promise<void>
  /** Hands the bytes to a socket that has room. @returns false when it has none: nothing was done then */
  tryWrite(chunk: Chunk): boolean
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
   * all at once. Who is sent here meanwhile is served, and ended in his turn: a balancer that does not
   * ask for the health of its servers still sends readers, and a refusal ends some of them for good.
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
    const silentSince = performance.now() - SSE_HEARTBEAT_MS * (1 - 1 / BEAT_CHECKS)
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
      const until = performance.now() + spreadMs
      for (let left = spreadMs; left > 0; left = until - performance.now()) {
        // So every one's end is equally likely at any time that is left, whenever he has come.
        for (const session of open) if (Math.random() * left < SPREAD_STEP_MS) session.end()
        await sleep(Math.min(left, SPREAD_STEP_MS))
      }
      clearInterval(timer)
      stopping = true
      for (const session of open) session.end()
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
  const connection = connectionOf(res)
  const entry: Open = {
    lastWriteAt: performance.now(),
    beat() {
      // A socket that is full is alive enough, and must not get more.
      if (!connection.isFull()) send(HEARTBEAT_CHUNK)
    },
    end() {
      over.abort()
      open.delete(entry)
      if (!res.writableEnded) res.end()
    },
  }
  const send = (chunk: Chunk) => {
    if (over.signal.aborted || !session.isConnected) return
    entry.lastWriteAt = performance.now()
    connection.send(chunk)
  }
  open.add(entry)
  session.once('disconnected', entry.end)
  res.once('error', entry.end)
  if (req.destroyed || res.destroyed) entry.end()
  return {
    signal: over.signal,
    async write(bytes) {
      if (connection.isFull()) await drained(connection.source, over.signal)
      send(typeof bytes === 'string' ? chunkOf(bytes) : bytes)
      if (connection.isFull()) await drained(connection.source, over.signal)
    },
    tryWrite(chunk) {
      if (connection.isFull()) return false
      send(chunk)
      return true
    },
    end: entry.end,
  }
}

const HEARTBEAT_CHUNK = chunkOf(HEARTBEAT)

interface Connection {
  send(chunk: Chunk): void
  isFull(): boolean
  /** What emits `drain`. */
  source: Writable
}

/**
 * The way to the reader. Once the head of the answer is out nothing keeps the bytes from the socket, which
 * takes them for a fifth less than the response (performance §2); an answer that waits behind another one
 * of its connection has no socket yet.
 */
function connectionOf(res: ServerResponse): Connection {
  const {socket} = res
  if (!socket || res.writableLength !== socket.writableLength) {
    return {
      send: ({plain}) => void res.write(plain),
      isFull: () => res.writableNeedDrain,
      source: res,
    }
  }
  const isChunked = res.chunkedEncoding
  return {
    send: (chunk) => void socket.write(isChunked ? chunk.chunked : chunk.plain),
    isFull: () => socket.writableNeedDrain,
    source: socket,
  }
}

function drained(source: Writable, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      source.off('drain', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    source.once('drain', done)
    signal.addEventListener('abort', done, {once: true})
  })
}
