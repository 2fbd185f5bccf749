/**
 * A latch between those who see that there is work and the loop that does it: a wake-up that comes
 * while the loop is busy is kept for its next wait (fault B20).
 */
export class Wakeup {
  #woken = false
  #resolve: (() => void) | undefined

  wake(): void {
    this.#woken = true
    this.#resolve?.()
  }

  /** Forgets wake-ups up to now; call it before reading what they were about. */
  reset(): void {
    this.#woken = false
  }

  /** Resolves after a wake-up, after `timeoutMs`, or when the signal is aborted, whichever is first. */
  async wait(signal: AbortSignal, timeoutMs: number): Promise<void> {
    if (!this.#woken && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const finish = (): void => {
          clearTimeout(timer)
          signal.removeEventListener('abort', finish)
          this.#resolve = undefined
          resolve()
        }
        const timer = setTimeout(finish, timeoutMs)
        this.#resolve = finish
        signal.addEventListener('abort', finish, {once: true})
      })
    }
    this.#woken = false
  }
}
