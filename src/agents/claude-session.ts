import {randomUUID} from 'node:crypto'
import type {AgentEvent, AgentIo, AgentRun} from './adapter.js'
import {parseClaudeLine} from './claude-events.js'
import {ClaudeQuestions} from './claude-questions.js'
import {ClaudeReader} from './claude-reader.js'

type Result = Extract<AgentEvent, {type: 'result'}>

/**
 * One run of Claude Code. A person's message is one more line of its input: while a tool runs Claude
 * takes it into the turn, otherwise it is the next turn, with a result of its own. The run ends with
 * the result after which nothing is left to answer.
 */
export class ClaudeSession {
  readonly #io: AgentIo
  readonly #reader: ClaudeReader
  readonly #questions: ClaudeQuestions
  /** Messages that Claude has not begun to answer. */
  readonly #queued = new Set<string>()
  #held: Result | undefined
  #written: Promise<void> = Promise.resolve()
  #inputOpen = true
  readonly #mayAsk: boolean
  #tellsOfQueue = false
  #finished = false

  constructor(io: AgentIo, run: AgentRun) {
    this.#io = io
    this.#mayAsk = run.permissions === 'ask' || run.questions === true
    this.#reader = new ClaudeReader(run.resumeSessionId)
    this.#questions = new ClaudeQuestions(run, (message) => void this.#send(message))
  }

  get finished(): boolean {
    return this.#finished
  }

  /** Written beside the reading; the input stays open for answers and messages until the result. */
  begin(prompt: string): void {
    void this.#send(userMessage(prompt))
  }

  async say(text: string): Promise<boolean> {
    if (!this.#inputOpen) return false
    const uuid = randomUUID()
    this.#queued.add(uuid)
    await this.#send({...userMessage(text), uuid})
    return true
  }

  receive(line: string): AgentEvent[] {
    if (line.trim() === '') return []
    const event = parseClaudeLine(line)
    if (!event) return [{type: 'status', text: line}]
    switch (event.type) {
      case 'control_request':
        this.#questions.asked(event)
        return [{type: 'progress'}]
      case 'control_cancel_request':
        this.#questions.withdrawn(event)
        return [{type: 'progress'}]
      case 'command_lifecycle':
        this.#tellsOfQueue = true
        if (event.state !== 'queued') this.#queued.delete(String(event.command_uuid))
        return [{type: 'progress'}]
      default:
        return this.#told(this.#reader.read(event), event.type === 'result')
    }
  }

  /** The program has ended: a result that waited for one more turn is the last. */
  end(): AgentEvent[] {
    const held = this.#held
    this.#held = undefined
    if (!held) return []
    this.#finished = true
    return [held]
  }

  written(): Promise<void> {
    return this.#written
  }

  #told(events: AgentEvent[], isResult: boolean): AgentEvent[] {
    if (!isResult) return events
    if (this.#finished) return events.filter((event) => event.type !== 'result')
    // What is still queued is answered before the program ends; nothing more can be added. Where it may ask
    // until then it needs its input for the answers, and must tell of its queue to be known to be done.
    this.#inputOpen = false
    if (this.#queued.size === 0 || !(this.#mayAsk && this.#tellsOfQueue)) this.#io.endInput()
    if (this.#queued.size === 0) {
      this.#finished = true
      this.#reader.close()
      this.#held = undefined
      return events
    }
    this.#held = events.find((event): event is Result => event.type === 'result') ?? this.#held
    return events.filter((event) => event.type !== 'result')
  }

  #send(message: object): Promise<void> {
    this.#written = this.#io.write(`${JSON.stringify(message)}\n`)
    return this.#written
  }
}

const userMessage = (prompt: string) => ({
  type: 'user',
  message: {role: 'user', content: [{type: 'text', text: prompt}]},
})
