import * as z from 'zod'
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

export interface LocalAddress {
  port: number
  path: string
  token: string
}

/** One call of a daemon's local API; undefined when nobody answers there or the call is refused. */
export async function postLocal<T>(
  {port, path, token}: LocalAddress,
  body: object,
  timeoutMs = 2000,
): Promise<T | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: {'content-type': 'application/json', authorization: `Bearer ${token}`},
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    })
    return response.ok ? ((await response.json()) as T) : undefined
  } catch {
    return undefined
  }
}
