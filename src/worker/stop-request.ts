import type {EndReason, TaskStatus} from '../protocol/task.js'

/**
 * Why a run is to end before its agent has finished. `over`: the server says that the task has ended.
 * `closed`: nobody wants the transcript any more.
 */
export type StopReason =
  | {kind: 'over'; status: TaskStatus}
  | {kind: 'closed'}
  | {kind: 'failed'; reason: EndReason; error: string}

/** One stop of a run: the first reason counts. */
export class StopRequest {
  readonly #controller = new AbortController()
  #reason: StopReason | undefined

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  get reason(): StopReason | undefined {
    return this.#reason
  }

  stop(reason: StopReason): void {
    this.#reason ??= reason
    this.#controller.abort()
  }
}
