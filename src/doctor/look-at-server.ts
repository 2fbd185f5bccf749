import {createApi} from '../client/api.js'
import {ApiError, createHttpClient, type HttpClient} from '../client/http-client.js'
import type {Settings} from '../settings/settings.js'
import type {Finding} from './finding.js'

export interface ServerLook {
  settings: Settings
  signal: AbortSignal
  /** Longest wait of each look, in milliseconds. */
  limitMs: number
}

/** Server, sign-in and stream, each only when the one before it is well. */
export async function lookAtServer(look: ServerLook): Promise<Finding[]> {
  const {settings} = look
  const {serverUrl, token, workspaceId} = settings
  const client = createHttpClient({serverUrl, token, workspaceId, timeoutMs: look.limitMs})
  const server = await lookAtHealth(client, look)
  const login = server.state === 'problem' ? skipped('Sign-in') : await lookAtLogin(client, look)
  const stream = login.state === 'ok' ? await lookAtStream(client, look) : skipped('Stream')
  return [server, login, stream]
}

const skipped = (what: string): Finding => ({what, state: 'skipped', text: 'not looked at'})

async function lookAtHealth(client: HttpClient, look: ServerLook): Promise<Finding> {
  const what = 'Server'
  try {
    const response = await client.open('/health', {signal: limited(look)})
    const health = (await response.json()) as {status?: string; notifications?: string}
    if (health.notifications === 'off') {
      const text = `${client.serverUrl} does not hear the other servers of its database; news of them is up to 5 s late`
      const fix =
        'give the server a connection to Postgres that allows LISTEN (no transaction pooling)'
      return {what, state: 'warning', text, fix}
    }
    return {what, state: 'ok', text: `${client.serverUrl} answers`}
  } catch (error) {
    const fix = 'start it with "multica serve", or name the right one with --server-url'
    return {what, state: 'problem', text: messageOf(error), fix}
  }
}

async function lookAtLogin(client: HttpClient, {settings}: ServerLook): Promise<Finding> {
  const what = 'Sign-in'
  const fix = settings.profile ? `multica login --profile ${settings.profile}` : 'multica login'
  if (!settings.token) return {what, state: 'problem', text: 'nobody is signed in', fix}
  try {
    const user = await createApi(client).me()
    return {what, state: 'ok', text: `${user.name} (${user.email})`}
  } catch (error) {
    return {what, state: 'problem', text: messageOf(error), fix}
  }
}

/** Whatever buffers answers on the way keeps the first word of a stream back (faults U7, U43). */
async function lookAtStream(client: HttpClient, look: ServerLook): Promise<Finding> {
  const what = 'Stream'
  const stop = new AbortController()
  let began = performance.now()
  try {
    const [workspace] = await createApi(client).workspaces()
    const workspaceId = look.settings.workspaceId ?? workspace?.id
    if (!workspaceId) return skipped(what)
    began = performance.now()
    const response = await client.open('/api/events', {
      query: {workspace_id: workspaceId},
      headers: {accept: 'text/event-stream'},
      signal: AbortSignal.any([limited(look), stop.signal]),
    })
    await response.body?.getReader().read()
    const ms = Math.round(performance.now() - began)
    return {what, state: 'ok', text: `events come at once (the first after ${ms} ms)`}
  } catch (error) {
    look.signal.throwIfAborted()
    if (performance.now() - began < look.limitMs || error instanceof ApiError) {
      return {what, state: 'problem', text: messageOf(error)}
    }
    const text = `no event within ${look.limitMs / 1000} s: something between here and the server holds answers back`
    const fix = 'switch off buffering in the proxy for /api; see docs/scaling.md, Behind nginx'
    return {what, state: 'problem', text, fix}
  } finally {
    stop.abort()
  }
}

const limited = ({signal, limitMs}: ServerLook) =>
  AbortSignal.any([signal, AbortSignal.timeout(limitMs)])

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
