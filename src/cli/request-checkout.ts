import {untilAborted} from '../client/until-aborted.js'
import {AppError} from '../errors.js'
import type {Checkout} from '../repos/checkout.js'
import {type Environment, readVariable} from '../settings/environment.js'

/** Longer than a clone may take. */
const LIMIT_MS = 11 * 60_000

/**
 * Asks the daemon of the task that this process runs in for a checkout (contract §4.5).
 * @throws AppError naming the missing variable, or with the daemon's own words
 */
export async function requestCheckout(
  url: string,
  workdir: string,
  {env, signal}: {env: Environment; signal: AbortSignal},
): Promise<Checkout> {
  const port = readVariable(env, 'MULTICA_DAEMON_PORT')
  if (!port) {
    throw new AppError(
      'invalid',
      'MULTICA_DAEMON_PORT is not set: this command is for agents, inside a task of the daemon',
    )
  }
  const until = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)])
  const response = await ask(`http://127.0.0.1:${port}/repo/checkout`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${readVariable(env, 'MULTICA_TOKEN') ?? ''}`,
    },
    body: JSON.stringify({
      url,
      workdir,
      workspace_id: readVariable(env, 'MULTICA_WORKSPACE_ID') ?? '',
      agent_name: readVariable(env, 'MULTICA_AGENT_NAME') ?? '',
      task_id: readVariable(env, 'MULTICA_TASK_ID') ?? '',
    }),
    signal: until,
  })
  const text = await untilAborted(response.text(), until)
  if (!response.ok) {
    const code =
      response.status === 403 ? 'forbidden' : response.status === 404 ? 'not_found' : 'unavailable'
    throw new AppError(code, `checkout failed: ${text.trim()}`)
  }
  return JSON.parse(text) as Checkout
}

async function ask(url: string, init: RequestInit & {signal: AbortSignal}): Promise<Response> {
  try {
    return await untilAborted(fetch(url, init), init.signal)
  } catch (error) {
    if (init.signal.aborted) throw error
    const reason = (error as {cause?: Error}).cause?.message ?? (error as Error).message
    throw new AppError(
      'unavailable',
      `the daemon does not answer (${reason}); start it with "multica daemon start"`,
    )
  }
}
