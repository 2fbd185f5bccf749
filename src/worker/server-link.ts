import {type Api, createApi} from '../client/api.js'
import {createHttpClient} from '../client/http-client.js'
import type {Log} from '../log.js'
import {type TaskSpec, tokenOf} from '../task-folder/task-spec.js'
import {originalApi, watchOriginal} from './original-server.js'
import type {StopRequest} from './stop-request.js'
import {watchStatus} from './watch-status.js'

/** A run's way to its server: one of ours, or one of the original. */
export interface ServerLink {
  api: Api
  /** Stops the run when the server says that it is over. Ends with the signal. */
  watch(stop: StopRequest, options: WatchOptions): Promise<void>
}

export interface WatchOptions {
  signal: AbortSignal
  log: Log
  onNews: (inboxVersion: number) => void
  onLost: () => void
}

/** A task without a token of its own comes from a server of the original (contract §1.6). */
export function linkToServer(spec: TaskSpec): ServerLink {
  const {server_url: serverUrl, task} = spec
  const isOriginal = spec.user_token !== undefined
  const client = createHttpClient({serverUrl, token: tokenOf(spec), compress: !isOriginal})
  const api = createApi(client)
  if (!isOriginal) {
    return {api, watch: (stop, options) => watchStatus(client, task.id, stop, options)}
  }
  const original = originalApi(api)
  return {
    api: original,
    watch: (stop, {signal}) => watchOriginal(original, task.id, stop, {signal}),
  }
}
