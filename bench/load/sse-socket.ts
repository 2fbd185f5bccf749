import {connect} from 'node:net'

/** A reader that parses no more than it must to prove that every message came once and in order. */
export interface SseSocket {
  /** Last seq that came. */
  readonly lastSeq: number
  /** Milliseconds from the request to the first message. */
  readonly firstMessageMs: number
  /** Resolves when `seq` has come; rejects when the stream ends before. */
  reached(seq: number): Promise<void>
  /** No more reading: the socket fills up. */
  pause(): void
  close(): void
}

export interface SseTarget {
  url: string
  token: string
  /** Reads nothing from the beginning on. */
  stalled?: boolean
}

/** A message that has not come for so long is lost, and the run invalid. */
const LOST_MS = 30_000

/**
 * Opens a stream over a bare socket; resolves with the first bytes of the answer.
 * @throws {Error} when the answer is not 200
 */
export function openSseSocket({url, token, stalled}: SseTarget): Promise<SseSocket> {
  const {hostname, port, pathname, search} = new URL(url)
  const socket = connect(Number(port), hostname)
  const startedAt = performance.now()
  let firstMessageMs = 0
  let lastSeq = startOf(search)
  let rest = ''
  let wanted = Number.POSITIVE_INFINITY
  let settle: {resolve: () => void; reject: (error: Error) => void} | undefined
  const fail = (error: Error) => {
    settle?.reject(error)
    socket.destroy()
  }
  socket.setTimeout(LOST_MS, () => {
    if (settle && lastSeq < wanted) fail(new Error(`nothing came after ${lastSeq}`))
  })
  const take = (text: string) => {
    let from = 0
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n', from)) {
      const seq = seqOf(text, from, end)
      if (seq > 0) {
        if (seq !== lastSeq + 1) return fail(new Error(`message ${seq} came after ${lastSeq}`))
        if (firstMessageMs === 0) firstMessageMs = performance.now() - startedAt
        lastSeq = seq
      }
      from = end + 2
    }
    rest = text.slice(from)
    if (lastSeq >= wanted) {
      wanted = Number.POSITIVE_INFINITY
      settle?.resolve()
      settle = undefined
    }
  }
  socket.write(
    `GET ${pathname}${search} HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  )
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('close', () => settle?.reject(new Error(`the stream ended after ${lastSeq}`)))
    socket.once('data', (bytes) => {
      const text = bytes.toString('latin1')
      if (!text.startsWith('HTTP/1.1 200')) return reject(new Error(text.slice(0, 200)))
      socket.on('data', (chunk) => take(rest + chunk.toString('latin1')))
      if (stalled) socket.pause()
      take(text)
      resolve({
        get lastSeq() {
          return lastSeq
        },
        get firstMessageMs() {
          return firstMessageMs
        },
        reached: (seq) =>
          lastSeq >= seq
            ? Promise.resolve()
            : new Promise((done, failed) => {
                wanted = seq
                settle = {resolve: done, reject: failed}
              }),
        pause: () => void socket.pause(),
        close: () => void socket.destroy(),
      })
    })
  })
}

/** The id of an event; 0 when it has none. A long catch-up must not be limited by how its bytes are looked at. */
function seqOf(text: string, from: number, end: number): number {
  if (!text.startsWith('id: ', from)) return Number(ID.exec(text.slice(from, end))?.[1] ?? 0)
  return Number.parseInt(text.slice(from + 4, from + 16), 10)
}

/** Only messages have one. better-sse writes it last, and without the space. */
const ID = /(?:^|\n)id: ?(\d+)(?:\n|$)/

const startOf = (search: string): number => Number(new URLSearchParams(search).get('since') ?? 0)
