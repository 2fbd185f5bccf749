import type {TaskMessage} from '../../protocol/task-message.js'

interface Call {
  tool: string
  summary: string
  depth: number
  /** How the sub-agent that this call started is to be named. */
  speaker: string
}

/** A run with more calls than this forgets the oldest ones. */
const MAX_CALLS = 2000
const MAX_DEPTH = 8

/** The calls of a run: what a result belongs to, and how deep a sub-agent's message lies. */
export class CallLedger {
  readonly #calls = new Map<string, Call>()

  open(message: TaskMessage, summary: string): void {
    if (message.call_id === undefined) return
    const {description, subagent_type: kind} = message.input ?? {}
    const tool = message.tool ?? 'tool'
    this.#calls.set(message.call_id, {
      tool,
      summary,
      depth: this.depth(message.parent_call_id),
      speaker: [kind, description, tool].find((name) => typeof name === 'string') as string,
    })
    const [oldest] = this.#calls.keys()
    if (this.#calls.size > MAX_CALLS && oldest !== undefined) this.#calls.delete(oldest)
  }

  /** The call that a result belongs to; undefined when its start has not been seen. */
  find(callId: string | undefined): Call | undefined {
    return callId === undefined ? undefined : this.#calls.get(callId)
  }

  /** 0 for the agent itself, 1 for the messages of a sub-agent, and so on. */
  depth(parentCallId: string | undefined): number {
    if (parentCallId === undefined) return 0
    return Math.min(MAX_DEPTH, (this.#calls.get(parentCallId)?.depth ?? 0) + 1)
  }

  speaker(parentCallId: string | undefined): string | undefined {
    if (parentCallId === undefined) return undefined
    return this.#calls.get(parentCallId)?.speaker ?? 'sub-agent'
  }
}
