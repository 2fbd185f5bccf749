import {setTimeout as delay} from 'node:timers/promises'
import type {Api} from '../client/api.js'
import {AppError, notFound} from '../errors.js'
import type {Ping} from '../protocol/ping.js'
import type {Runtime} from '../protocol/runtime.js'
import {formatDuration} from '../settings/duration.js'
import {TimeoutPassed} from './exit-codes.js'

const LOOK_MS = 500

/**
 * Pings a runtime and waits for its answer.
 * @param named an id, or a provider that one runtime alone has
 * @throws TimeoutPassed when there is none in time, AppError for a runtime that is not there
 */
export async function waitForPing(
  api: Api,
  named: string,
  {limitMs, signal}: {limitMs: number; signal: AbortSignal},
): Promise<Ping> {
  const runtime = findRuntime(await api.runtimes(), named)
  const end = Date.now() + limitMs
  let ping = await api.ping(runtime.id)
  while (ping.status === 'pending' || ping.status === 'running') {
    if (Date.now() >= end) throw new TimeoutPassed(`no answer within ${formatDuration(limitMs)}`)
    await delay(LOOK_MS, undefined, {signal})
    ping = await api.pingOf(runtime.id, ping.id)
  }
  return ping
}

export function describePing({status, output, error, duration_ms: ms = 0}: Ping): string {
  if (status === 'completed') return `${output?.trim() ?? ''} (${formatDuration(ms)})`
  return error ?? status
}

function findRuntime(runtimes: readonly Runtime[], named: string): Runtime {
  const byId = runtimes.find(({id}) => id === named.toLowerCase())
  if (byId) return byId
  const [only, ...others] = runtimes.filter(({provider}) => provider === named)
  if (!only) throw notFound(`runtime "${named}"`)
  if (others.length === 0) return only
  const ids = [only, ...others].map(({id, name}) => `  ${id}  ${name}`).join('\n')
  throw new AppError(
    'invalid',
    `several runtimes are called "${named}"; name one by its id:\n${ids}`,
  )
}
