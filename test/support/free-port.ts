import {createServer} from 'node:net'

/** Below the range from which systems take the local ports of connections. */
const FIRST = 12_000
const LAST = 32_000

/**
 * A port of the loopback interface that is free now, for a program that is to be started on it, and
 * perhaps again: no connection of anybody takes it while that program is away.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST))
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
