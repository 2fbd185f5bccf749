import {createApi} from '../client/api.js'
import {ApiError, createHttpClient, NetworkError} from '../client/http-client.js'
import {AppError} from '../errors.js'
import type {ConfigFile} from '../settings/config-file.js'
import type {Settings} from '../settings/settings.js'
import {tokenFor} from './config-scope.js'

const LIMIT_MS = 5000

/**
 * Whether the server would let a daemon in, before one is started (fault L1).
 * @param file the config of the profile
 * @returns a warning when the server cannot be asked: a daemon waits for it
 * @throws AppError `unauthorized` when nobody is signed in, or the token is refused
 */
export async function checkLogin(
  settings: Settings,
  file: ConfigFile,
): Promise<string | undefined> {
  const {serverUrl, profile} = settings
  const token = tokenFor(settings, file)
  const command = profile === undefined ? 'multica login' : `multica login --profile ${profile}`
  if (!token) {
    const what = settings.token ? `not signed in to ${serverUrl}` : 'not authenticated'
    throw new AppError('unauthorized', `${what}: run '${command}' first`)
  }
  try {
    await createApi(createHttpClient({serverUrl, token, timeoutMs: LIMIT_MS})).me()
    return undefined
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) {
      const text = `token refused by ${serverUrl}: run '${command}' again`
      throw new AppError('unauthorized', text, {cause: error})
    }
    if (error instanceof NetworkError || error instanceof ApiError) {
      return `${error.message}; the daemon keeps trying`
    }
    throw error
  }
}
