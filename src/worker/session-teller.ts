import type {Api} from '../client/api.js'
import {isRefused, retry} from '../client/retry.js'
import type {Log} from '../log.js'
import type {SessionBody} from '../protocol/task.js'

export interface SessionTellerDeps {
  api: Pick<Api, 'session'>
  taskId: string
  log: Log
  signal: AbortSignal
}

/**
 * Tells the server of session and usage beside the run: the latest of each, one call at a time, so that
 * nothing older overtakes it and nothing piles up while the server is away. What is lost on the way
 * comes with the end.
 */
export class SessionTeller {
  readonly #deps: SessionTellerDeps
  #news: SessionBody = {}
  #work: Promise<void> | undefined

  constructor(deps: SessionTellerDeps) {
    this.#deps = deps
  }

  tell(body: SessionBody): void {
    this.#news = {...this.#news, ...body}
    this.#work ??= this.#run().finally(() => {
      this.#work = undefined
    })
  }

  async #run(): Promise<void> {
    const {api, taskId, log, signal} = this.#deps
    while (Object.keys(this.#news).length > 0 && !signal.aborted) {
      let body: SessionBody = {}
      const call = (): Promise<unknown> => {
        body = {...body, ...this.#news}
        this.#news = {}
        return api.session(taskId, body, {signal})
      }
      await retry(call, {signal, isFinal: isRefused}).catch((error: unknown) =>
        log.debug({event: 'session_not_told', error: String(error)}),
      )
    }
  }
}
