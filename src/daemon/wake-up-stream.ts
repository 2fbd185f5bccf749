import {setTimeout as delay} from 'node:timers/promises'
import {followEvents} from '../client/event-stream.js'
import type {Log} from '../log.js'
import {retryMs} from './claim-loop.js'
import {type Connection, isUnauthorized} from './connection.js'

export type StreamState = 'connecting' | 'open' | 'waiting'

export interface WakeUpStream {
  workspaceId: string
  connection: Connection
  /** A task of this runtime may be claimable: it was queued, or another one made room for it. */
  onRuntime(runtimeId: string): void
  /** Somebody asks a runtime whether its agent answers. */
  onPing(runtimeId: string): void
  /** Any runtime may have missed a wake-up. */
  onReconnect(): void
  onState(state: StreamState): void
  signal: AbortSignal
  log: Log
}

/** Follows a workspace's events until the signal is aborted (contract §5.7, fault B9). */
export async function runWakeUpStream(stream: WakeUpStream): Promise<void> {
  const {connection, signal, log} = stream
  let failures = 0
  let told = ''
  while (!signal.aborted) {
    const either = AbortSignal.any([signal, connection.generation])
    try {
      await followOnce(stream, either, () => {
        failures = 0
        told = ''
      })
    } catch (error) {
      if (!either.aborted) {
        // A server of the original has no events: polls do without, and one line in the log says so.
        const text = String(error)
        log[text === told ? 'debug' : 'warn']({event: 'wake_up_stream_failed', error: text})
        told = text
        if (isUnauthorized(error) && connection.refresh()) continue
      }
    }
    stream.onState('waiting')
    // A new token is tried at once.
    if (either.aborted) continue
    await delay(retryMs(++failures), undefined, {signal}).catch(() => undefined)
  }
}

async function followOnce(
  {workspaceId, connection, ...stream}: WakeUpStream,
  signal: AbortSignal,
  onOpen: () => void,
): Promise<void> {
  const events = followEvents(connection.client, '/api/events', {
    signal,
    query: {workspace_id: workspaceId},
    onState: ({state}) => {
      stream.onState(state)
      if (state !== 'open') return
      onOpen()
      stream.onReconnect()
    },
  })
  for await (const {event, data} of events) {
    if (event === 'resync') stream.onReconnect()
    if (event === 'runtime:ping') {
      const runtimeId = runtimeOf(data)
      if (runtimeId) stream.onPing(runtimeId)
    }
    if (event !== 'task:status') continue
    const runtimeId = runtimeToWake(data)
    if (runtimeId) stream.onRuntime(runtimeId)
  }
}

function runtimeOf(data: string): string | undefined {
  try {
    const {runtime_id: runtimeId} = JSON.parse(data) as Record<string, unknown>
    return typeof runtimeId === 'string' ? runtimeId : undefined
  } catch {
    return undefined
  }
}

/** The runtime of a `task:status` after which a claim may succeed; anything else is skipped (fault K5). */
export function runtimeToWake(data: string): string | undefined {
  try {
    const event: unknown = JSON.parse(data)
    if (typeof event !== 'object' || event === null) return undefined
    const {status, runtime_id: runtimeId} = event as Record<string, unknown>
    // An ended task makes room for the next one of its agent and of its issue (fault B12).
    const claimable = status !== 'dispatched' && status !== 'running'
    return claimable && typeof runtimeId === 'string' ? runtimeId : undefined
  } catch {
    return undefined
  }
}
