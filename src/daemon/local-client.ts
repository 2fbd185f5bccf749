import * as z from 'zod'
import {untilAborted} from '../client/until-aborted.js'
import type {DaemonStatus} from './daemon-status.js'

const Health = z.looseObject({status: z.string(), pid: z.number()})

/** Asks a daemon of this machine how it is; undefined when nobody answers there in time. */
export async function fetchHealth(
  port: number,
  timeoutMs = 2000,
): Promise<DaemonStatus | undefined> {
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    const answer = fetch(`http://127.0.0.1:${port}/health`, {signal})
    const response = await untilAborted(answer, signal)
    const body: unknown = await untilAborted(response.json(), signal)
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
    const signal = AbortSignal.timeout(timeoutMs)
    const answer = fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: {'content-type': 'application/json', authorization: `Bearer ${token}`},
      body: JSON.stringify(body),
      signal,
    })
    const response = await untilAborted(answer, signal)
    return response.ok ? ((await untilAborted(response.json(), signal)) as T) : undefined
  } catch {
    return undefined
  }
}
