/**
 * One reader's wait for news. News that come while the reader is busy are kept, so a loop that reads
 * and then waits can never sleep over them (stream §6.1).
 */
export class Waiter {
  #woken = false
  #resume: (() => void) | undefined

  /** @param signal wakes the reader for the last time */
  constructor(signal: AbortSignal) {
    signal.addEventListener('abort', () => this.wake(), {once: true})
  }

  wake = (): void => {
    this.#woken = true
    const resume = this.#resume
    this.#resume = undefined
    resume?.()
  }

  /** Whether the reader waits and has seen all news. */
  get isWaiting(): boolean {
    return this.#resume !== undefined
  }

  /** Resolves at once when there has been news since the last wait, else at the next. */
  async wait(): Promise<void> {
    if (!this.#woken) {
      await new Promise<void>((resolve) => {
        this.#resume = resolve
      })
    }
    this.#woken = false
  }
}
