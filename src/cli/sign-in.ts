import {createApi} from '../client/api.js'
import {ApiError, createHttpClient} from '../client/http-client.js'
import {withSafeRetries} from '../client/safe-retries.js'
import {AppError, invalid} from '../errors.js'
import type {User, Workspace} from '../protocol/workspace.js'
import {openConfig} from '../settings/config-file.js'
import type {Environment} from '../settings/environment.js'
import type {Settings} from '../settings/settings.js'

const TOKEN_PREFIX = 'mul_'

export interface SignedIn {
  user: User
  /** Those that the daemon serves now; the first one is the default. */
  workspaces: Workspace[]
  /** Why the workspaces could not be set up; the sign-in itself stands. */
  warning: string | undefined
}

/**
 * Checks a token with the server, saves it, and watches all workspaces (contract §4.5). What was
 * known of another account is forgotten.
 * @throws AppError `invalid token: …` when the server does not know it
 */
export async function signIn(
  token: string,
  settings: Settings,
  env: Environment,
): Promise<SignedIn> {
  if (!token.startsWith(TOKEN_PREFIX)) {
    throw invalid(`invalid token format: must start with ${TOKEN_PREFIX}`)
  }
  const client = createHttpClient({serverUrl: settings.serverUrl, token})
  const api = createApi(withSafeRetries(client))
  const user = await api.me().catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.status !== 401) throw error
    throw new AppError('unauthorized', `invalid token: ${error.message}`)
  })
  const config = openConfig(settings.profile, env)
  await config.change(({workspace_id: _, watched_workspaces: __, ...rest}) => ({
    ...rest,
    token,
    server_url: settings.serverUrl,
  }))
  try {
    const workspaces = await api.workspaces()
    await config.change((file) => ({
      ...file,
      watched_workspaces: workspaces.map(({id, name}) => ({id, name})),
      ...(workspaces[0] && {workspace_id: workspaces[0].id}),
    }))
    return {user, workspaces, warning: undefined}
  } catch (error) {
    return {user, workspaces: [], warning: error instanceof Error ? error.message : String(error)}
  }
}
