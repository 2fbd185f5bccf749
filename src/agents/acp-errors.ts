import type {AcpPreset} from './acp-presets.js'
import {describeRpcError, type RpcError} from './json-rpc.js'

/** The agent wants somebody to sign in first. */
export const AUTH_REQUIRED = -32000

/** What an agent says of an error, with what a person can do about one of its account. */
export function describeAcpError(name: string, error: RpcError, preset: AcpPreset): string {
  const text = describeRpcError({...error, message: unwrap(error.message)})
  const isAuth =
    error.code === AUTH_REQUIRED ||
    /(?<!\d)401(?!\d)|unauthori[sz]ed|authentication|api key/i.test(text)
  return `${name}: ${text}${isAuth && preset.signIn ? ` (${preset.signIn})` : ''}`
}

/** Some hand on the whole answer of the model's API. */
function unwrap(message: string): string {
  if (!message.startsWith('{')) return message
  try {
    const {error} = JSON.parse(message) as {error?: {code?: unknown; message?: unknown}}
    if (typeof error?.message !== 'string') return message
    return typeof error.code === 'number' ? `${error.code} ${error.message}` : error.message
  } catch {
    return message
  }
}

/** Ends of a turn that are none of its work (fault G3). */
const STOP_REASONS: Readonly<Record<string, string>> = {
  max_tokens: 'stopped at its limit of tokens',
  max_turn_requests: 'stopped at its limit of requests to the model',
  refusal: 'refused to go on',
  cancelled: 'cancelled its turn',
}

export const describeStop = (name: string, reason: string | null | undefined): string =>
  `${name} ${STOP_REASONS[reason ?? ''] ?? `ended its turn with ${reason ?? 'no reason'}`}`
