import {type Api, createApi} from '../client/api.js'
import {ApiError, createHttpClient, type HttpClient} from '../client/http-client.js'
import {AppError} from '../errors.js'
import type {Log} from '../log.js'

export interface ConnectionOptions {
  serverUrl: string
  /** Undefined when nobody is signed in. */
  token: string | undefined
  /** Reads the token anew. */
  readToken(): string | undefined
  signIn: string
  log: Log
}

/** Whether the last call reached the server and was let in. */
export interface ConnectionStatus {
  state: 'unknown' | 'ok' | 'unreachable' | 'unauthorized'
  error?: string
  since: string
}

/**
 * The daemon's way to the server with the user's token, which may change while the daemon runs: it is
 * read again when the config changes and when the server refuses it (contract §5.1).
 */
export class Connection {
  #options: ConnectionOptions
  #token: string
  #client: HttpClient
  #api: Api
  #generation = new AbortController()
  status: ConnectionStatus = {state: 'unknown', since: new Date().toISOString()}

  /** @throws AppError `unauthorized` when nobody is signed in */
  constructor(options: ConnectionOptions) {
    this.#options = options
    const {token} = options
    if (!token)
      throw new AppError('unauthorized', `not authenticated: run '${options.signIn}' first`)
    this.#token = token
    this.#client = createHttpClient({serverUrl: options.serverUrl, token})
    this.#api = createApi(this.#client)
  }

  get client(): HttpClient {
    return this.#client
  }

  /** The user's token, as it is now. */
  get token(): string {
    return this.#token
  }

  /** Aborted when the token changes: streams that were opened with the old one must be opened again. */
  get generation(): AbortSignal {
    return this.#generation.signal
  }

  /** One call; refused ones are repeated once when the token has changed meanwhile. */
  async call<T>(fn: (api: Api) => Promise<T>): Promise<T> {
    try {
      return await this.#observed(fn)
    } catch (error) {
      if (!isUnauthorized(error) || !this.refresh()) throw error
      return await this.#observed(fn)
    }
  }

  /** Reads the token again. @returns whether it has changed */
  refresh(): boolean {
    let token: string | undefined
    try {
      token = this.#options.readToken()
    } catch (error) {
      this.#options.log.warn({event: 'config_unreadable', error: String(error)})
    }
    if (!token || token === this.#token) return false
    this.#token = token
    this.#client = createHttpClient({serverUrl: this.#options.serverUrl, token})
    this.#api = createApi(this.#client)
    this.#options.log.info({event: 'token_changed'})
    const old = this.#generation
    this.#generation = new AbortController()
    old.abort()
    return true
  }

  async #observed<T>(fn: (api: Api) => Promise<T>): Promise<T> {
    try {
      const answer = await fn(this.#api)
      this.#note('ok')
      return answer
    } catch (error) {
      if (isUnauthorized(error)) {
        this.#note('unauthorized', `token refused: run '${this.#options.signIn}'`)
      } else if (error instanceof ApiError) this.#note('ok')
      else this.#note('unreachable', error instanceof Error ? error.message : String(error))
      throw error
    }
  }

  #note(state: ConnectionStatus['state'], error?: string): void {
    if (this.status.state === state) return
    this.status = {state, since: new Date().toISOString(), ...(error !== undefined && {error})}
    const line = {event: 'connection', server: this.#options.serverUrl, ...this.status}
    if (state === 'ok') this.#options.log.info(line)
    else this.#options.log.warn(line)
  }
}

export function isUnauthorized(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401
}
