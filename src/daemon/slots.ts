/** A place for one running task. Releasing it twice is harmless. */
export interface Slot {
  release(): void
}

/**
 * The daemon's capacity. Slots are given in the order in which they were asked for, so a busy runtime
 * that asks again waits behind the others (contract §5.7), and a freed one is handed on at once (fault B12).
 */
export class Slots {
  readonly capacity: number
  #paused = false
  #used = 0
  #waiting: ((slot: Slot) => void)[] = []

  constructor(capacity: number) {
    this.capacity = capacity
  }

  get used(): number {
    return this.#used
  }

  /** Gives no slot until `resume`; those that are held stay. */
  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    while (this.#waiting.length > 0 && this.#isFree()) this.#waiting.shift()?.(this.force())
  }

  /** Waits for a free slot. @returns undefined when the signal is aborted first */
  take(signal: AbortSignal): Promise<Slot | undefined> {
    if (signal.aborted) return Promise.resolve(undefined)
    if (this.#isFree()) return Promise.resolve(this.force())
    return new Promise((resolve) => {
      const onAbort = (): void => {
        this.#waiting = this.#waiting.filter((waiter) => waiter !== give)
        resolve(undefined)
      }
      const give = (slot: Slot): void => {
        signal.removeEventListener('abort', onAbort)
        resolve(slot)
      }
      this.#waiting.push(give)
      signal.addEventListener('abort', onAbort, {once: true})
    })
  }

  /** A slot that is free now. */
  tryTake(): Slot | undefined {
    return this.#isFree() ? this.force() : undefined
  }

  /** A slot for a worker that already lives, beyond the capacity if need be. */
  force(): Slot {
    this.#used++
    let held = true
    return {
      release: () => {
        if (!held) return
        held = false
        this.#used--
        if (this.#isFree()) this.#waiting.shift()?.(this.force())
      },
    }
  }

  #isFree(): boolean {
    return !this.#paused && this.#used < this.capacity
  }
}
