import {createParser} from 'eventsource-parser'

/** Silence after which a connection counts as dead: three heartbeats and a half (stream §5.5). */
const STALL_MS = 35_000
const FIRST_DELAY_MS = 500
const LAST_DELAY_MS = 20_000

export interface LiveOptions {
  /** Address for the next connection: the followed runs and the cursor change while the page is open. */
  url: () => string
  onEvent: (name: string, data: string, id: string | undefined) => void
  onOpen: () => void
  /** The connection is gone and is made again after a while. */
  onWait: () => void
  /** The server refuses for good: signed out (401), or no such thing (403, 404), or a bad cursor (400). */
  onRefused: (status: number) => 'retry' | 'stop'
}

export interface LiveEvents {
  /** Connects anew at once: other runs are to be followed, or the machine has slept. */
  reopen(): void
  stop(): void
}

/**
 * The page's one connection to `/api/events`. Read with fetch and not with EventSource, because that
 * one closes for good at any answer but 200, hides the status, and cannot see the heartbeats by whose
 * absence a dead connection is known. Reconnects for ever from the cursor, with jitter (fault K1).
 */
export function followEvents(options: LiveOptions): LiveEvents {
  let current: AbortController | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let failures = 0
  let stopped = false
  const connect = () => {
    clearTimeout(timer)
    current?.abort()
    if (stopped) return
    const controller = new AbortController()
    current = controller
    void readStream(options, controller, () => {
      failures = 0
    }).then((end) => {
      if (current !== controller || stopped) return
      if (end === 'stop') return stop()
      options.onWait()
      timer = setTimeout(connect, delayAfter(failures++))
    })
  }
  const stop = () => {
    stopped = true
    clearTimeout(timer)
    current?.abort()
  }
  connect()
  return {reopen: connect, stop}
}

/** Resolves when the connection is over; never throws. */
async function readStream(
  options: LiveOptions,
  controller: AbortController,
  onAlive: () => void,
): Promise<'retry' | 'stop'> {
  let stall: ReturnType<typeof setTimeout> | undefined
  const alive = () => {
    clearTimeout(stall)
    stall = setTimeout(() => controller.abort(), STALL_MS)
  }
  try {
    alive()
    const response = await fetch(options.url(), {
      credentials: 'same-origin',
      headers: {Accept: 'text/event-stream'},
      cache: 'no-store',
      signal: controller.signal,
    })
    if (response.status >= 400 && response.status < 500 && !mayPass(response.status)) {
      return options.onRefused(response.status)
    }
    if (!response.ok || !response.body) return 'retry'
    options.onOpen()
    const parser = createParser({
      onEvent: ({event, data, id}) => {
        onAlive()
        options.onEvent(event ?? 'message', data, id)
      },
    })
    const decoder = new TextDecoder()
    const reader = response.body.getReader()
    for (;;) {
      const {done, value} = await reader.read()
      if (done || controller.signal.aborted) return 'retry'
      alive()
      parser.feed(decoder.decode(value, {stream: true}))
    }
  } catch {
    return 'retry'
  } finally {
    clearTimeout(stall)
  }
}

const mayPass = (status: number): boolean => status === 408 || status === 429

/** Doubling, half of it chance, so that a restarted server is not met by everybody at once. */
function delayAfter(failures: number): number {
  const whole = Math.min(LAST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failures, 10))
  return whole / 2 + (Math.random() * whole) / 2
}
