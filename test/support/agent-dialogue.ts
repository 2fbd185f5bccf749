import type {
  AgentAdapter,
  AgentAnswer,
  AgentEvent,
  AgentIo,
  AgentQuestion,
  AgentRun,
} from '../../src/agents/adapter.js'
import {describeEvents, sampleRun} from './agent-player.js'
import {until} from './until.js'

/** A question that the adapter has asked, to be answered by the test. */
export interface Asked {
  question: AgentQuestion
  withdrawn: AbortSignal | undefined
  answer(answer: AgentAnswer): void
}

/** A program whose lines a test prints one by one, talking with an adapter. */
export class AgentDialogue {
  readonly asked: Asked[] = []
  readonly events: AgentEvent[] = []
  /** What the adapter has written, parsed. */
  readonly written: Record<string, unknown>[] = []
  inputEnded = false
  readonly io: AgentIo
  readonly #adapter: AgentAdapter
  readonly #lines: string[] = []
  #ended = false
  #wake = () => {}
  readonly #done: Promise<void>

  constructor(adapter: AgentAdapter, run: Partial<AgentRun> = {}) {
    this.#adapter = adapter
    this.io = {
      stdout: this.#stdout(),
      write: async (text) => void this.written.push(JSON.parse(text)),
      endInput: () => {
        this.inputEnded = true
      },
      exited: Promise.resolve({code: 0, signal: null}),
      stderrTail: () => '',
    }
    const ask = (question: AgentQuestion, withdrawn?: AbortSignal) =>
      new Promise<AgentAnswer>((answer) => this.asked.push({question, withdrawn, answer}))
    const events = adapter.events(this.io, sampleRun(adapter, {ask, ...run}))
    this.#done = (async () => {
      for await (const event of events) this.events.push(event)
    })()
  }

  get told(): string[] {
    return describeEvents(this.events)
  }

  print(...messages: unknown[]): void {
    this.#lines.push(...messages.map((message) => JSON.stringify(message)))
    this.#wake()
  }

  say(text: string): Promise<boolean> {
    return this.#adapter.say?.(this.io, text) ?? Promise.resolve(false)
  }

  /** The first question without an answer, as soon as it is asked. */
  question(): Promise<Asked> {
    return until('the adapter asks', () => this.asked.shift())
  }

  /** What the adapter writes that fits, as soon as it does. */
  wrote(fits: (message: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    return until('the adapter writes', () => this.written.find(fits))
  }

  /** The program's output ends. */
  async end(): Promise<void> {
    this.#ended = true
    this.#wake()
    await this.#done
  }

  async *#stdout(): AsyncGenerator<string> {
    for (;;) {
      const line = this.#lines.shift()
      if (line !== undefined) yield line
      else if (this.#ended) return
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
    }
  }
}
