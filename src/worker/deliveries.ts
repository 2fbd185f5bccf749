import type {TaskInput} from '../protocol/task-request.js'
import type {Bench} from './bench.js'

/** Brings words to the agent that runs now. @returns whether the agent has them */
export type Say = (text: string) => Promise<boolean>

/**
 * Brings people's messages to the agent, each once and in their order: what the agent has taken goes
 * into the transcript and only then is acknowledged, so that a message of a dead worker is found there.
 */
export class Deliveries {
  readonly #bench: Bench
  readonly #seen = new Set<string>()
  #waiting: TaskInput[] = []
  #say: Say | undefined
  #detached = () => {}
  #work: Promise<void> = Promise.resolve()

  constructor(bench: Bench) {
    this.#bench = bench
    bench.inbox.takeInputs((input) => this.#take(input))
  }

  /** An agent runs, and may be spoken to. */
  attach(say: Say): void {
    const gone = new Promise<false>((resolve) => {
      this.#detached = () => resolve(false)
    })
    this.#say = (text) => Promise.race([say(text).catch(() => false), gone])
    this.#work = this.#work.then(() => this.#deliver())
  }

  /** No agent runs any more. */
  detach(): void {
    this.#say = undefined
    this.#detached()
  }

  /** Resolves when all that the agent was told is in the transcript. */
  shown(): Promise<void> {
    return this.#work
  }

  #take(input: TaskInput): void {
    if (this.#seen.has(input.id)) return
    this.#seen.add(input.id)
    this.#waiting.push(input)
    this.#work = this.#work.then(() => this.#deliver())
  }

  async #deliver(): Promise<void> {
    while (this.#say && !this.#bench.stop.reason) {
      const input = this.#waiting.shift()
      if (!input) return
      const taken = await this.#say(input.text)
      if (taken) await this.#show(input)
      this.#bench.inbox.settle(input.id, taken ? 'delivered' : 'deferred')
    }
  }

  async #show({id, text, author}: TaskInput): Promise<void> {
    await this.#bench.transcript
      .tell({text, author: author.name || 'somebody', about: id})
      .catch(() => undefined)
  }
}
