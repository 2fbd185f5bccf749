import * as z from 'zod'
import {AppError, invalid} from '../errors.js'
import type {Log} from '../log.js'
import {isSameSecret} from './same-secret.js'
import type {Slots} from './slots.js'

/** Body of `POST /drain`: for how long no task is claimed, in milliseconds; 0 ends the pause. */
const Request = z.object({for_ms: z.number().min(0).max(60_000)})

/** How the daemon stands while it is drained. */
export interface DrainAnswer {
  /** Tasks from claim to end. */
  used: number
}

export interface DrainOptions {
  slots: Slots
  /** Secret of the lock's holder. */
  control(): string | undefined
  /** Tasks from claim to end. */
  count(): number
  log: Log
}

/**
 * A pause of claims, asked for by `daemon stop`. It ends by itself unless it is asked for again, so that
 * a command that dies leaves no idle daemon behind.
 */
export class Drain {
  readonly #options: DrainOptions
  #timer: NodeJS.Timeout | undefined

  constructor(options: DrainOptions) {
    this.#options = options
  }

  get active(): boolean {
    return this.#timer !== undefined
  }

  /** @throws AppError when the secret is not the one of the state file */
  async answer(body: unknown, token: string | undefined): Promise<DrainAnswer> {
    if (!isSameSecret(token, this.#options.control())) {
      throw new AppError('forbidden', 'this is for the user who runs the daemon')
    }
    const parsed = Request.safeParse(body)
    if (!parsed.success) throw invalid(`invalid request body: ${parsed.error.issues[0]?.message}`)
    this.#pause(parsed.data.for_ms)
    return {used: this.#options.count()}
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #pause(forMs: number): void {
    const {slots, log} = this.#options
    if (forMs > 0 && !this.active) {
      log.info({event: 'drain_begun'})
      slots.pause()
    }
    clearTimeout(this.#timer)
    this.#timer = forMs > 0 ? setTimeout(() => this.#resume(), forMs) : undefined
    if (forMs === 0) this.#resume()
  }

  #resume(): void {
    this.#timer = undefined
    this.#options.log.info({event: 'drain_over'})
    this.#options.slots.resume()
  }
}
