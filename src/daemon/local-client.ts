import {z} from 'zod'
import type {DaemonStatus} from './daemon-status.js'

const Health = z.looseObject({status: z.string(), pid: z.number()})

/** Asks a daemon of this machine how it is; undefined when nobody answers there in time. */
export async function fetchHealth(
  port: number,
  timeoutMs = 2000,
): Promise<DaemonStatus | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/health`, {
      signal: AbortSignal.timeout(timeoutMs),
    })
    const body: unknown = await response.json()
    return Health.safeParse(body).success ? (body as DaemonStatus) : undefined
  } catch {
    return undefined
  }
}
