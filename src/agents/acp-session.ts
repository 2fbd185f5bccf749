import {describeAcpError, describeStop} from './acp-errors.js'
import {Prompted} from './acp-messages.js'
import {AcpOpening} from './acp-opening.js'
import {AcpQuestions} from './acp-questions.js'
import {AcpUpdates} from './acp-updates.js'
import type {AgentEvent, AgentIo, AgentRun} from './adapter.js'
import {JsonRpcPeer, type RpcReply} from './json-rpc.js'

/** How long the input of a call may be on its way. */
const HOLD_MS = 1000
/** An agent that has answered may have something to add, without a pause as long as this (fault A14). */
const SETTLE_MS = 250

type Phase = 'opening' | 'working' | 'settling' | 'over'

/** A person's message that waits for the turn that runs to end. */
interface Waiting {
  text: string
  taken(taken: boolean): void
}

/** One run over the Agent Client Protocol: a session, its prompts, its end. */
export class AcpSession {
  readonly #io: AgentIo
  readonly #rpc: JsonRpcPeer
  readonly #opening: AcpOpening
  readonly #updates: AcpUpdates
  #phase: Phase = 'opening'
  #sessionId = ''
  #sessionTold = false
  #isStopping = false
  #waiting: Waiting[] = []
  readonly #questions: AcpQuestions
  readonly #prompt: string
  #onTurnEnd = () => {}
  readonly #turnEnded = new Promise<void>((resolve) => {
    this.#onTurnEnd = resolve
  })

  constructor(io: AgentIo, run: AgentRun) {
    this.#io = io
    this.#prompt = run.prompt
    this.#rpc = new JsonRpcPeer(
      io,
      {
        notification: (method, params) => this.#notified(method, params),
        request: (request) => this.#questions.asked(request),
        text: (text) => [{type: 'status', text}],
      },
      {jsonrpc: '2.0'},
    )
    this.#opening = new AcpOpening(this.#rpc, run, {
      opened: (session) => this.#opened(session),
      failed: (error, sessionRejected) => this.#over({outcome: 'failed', error, sessionRejected}),
      hasReplayed: () => this.#updates.hasReplayed,
    })
    this.#updates = new AcpUpdates(this.#opening.preset, run.resumeSessionId !== undefined)
    this.#questions = new AcpQuestions(run, (call) => this.#updates.asked(call))
  }

  /** Whether the run has come to its end. */
  get finished(): boolean {
    return this.#phase === 'over'
  }

  /** After how long a silence `paused` has something to do; undefined: not at all. */
  get pauseMs(): number | undefined {
    if (this.#phase === 'settling' || this.#opening.awaitsPause) return SETTLE_MS
    return this.#updates.tools.holds ? HOLD_MS : undefined
  }

  begin(): void {
    this.#opening.begin()
  }

  receive(line: string): AgentEvent[] {
    const events = this.#rpc.receive(line)
    if (this.#sessionTold || !this.#updates.acted || !this.#opening.canResume) return events
    this.#sessionTold = true
    return [{type: 'session', sessionId: this.#sessionId, resumable: true}, ...events]
  }

  /** The agent has been silent for `pauseMs`. */
  paused(): AgentEvent[] {
    if (this.#opening.awaitsPause) return this.#opening.paused()
    return this.#phase === 'settling' ? this.#finish() : this.#updates.release()
  }

  /** The agent's output has come to its end. */
  ended(): AgentEvent[] {
    const settles = this.#phase === 'settling' || this.#opening.awaitsPause
    return settles ? this.paused() : this.#updates.end()
  }

  written(): Promise<void> {
    return this.#rpc.written()
  }

  /** The next prompt of the session. @returns whether the agent has it, once that is known */
  say(text: string): Promise<boolean> {
    if (this.finished || this.#isStopping) return Promise.resolve(false)
    return new Promise((taken) => {
      this.#waiting.push({text, taken})
      if (this.#phase === 'settling') this.#sendWaiting()
    })
  }

  /** Resolves when the turn has ended; the caller limits the waiting. */
  async interrupt(): Promise<void> {
    this.#isStopping = true
    if (this.finished) return
    // Some look at the cancel only when their question has its answer.
    this.#questions.close()
    if (this.#phase !== 'working') return this.#io.endInput()
    this.#rpc.notify('session/cancel', {sessionId: this.#sessionId})
    await this.#turnEnded
  }

  #opened({id, model}: {id: string; model: string | null}): AgentEvent[] {
    this.#sessionId = id
    this.#updates.tools.preset = this.#opening.preset
    this.#updates.usage.preset = this.#opening.preset
    this.#updates.usage.model = model
    this.#send(this.#prompt)
    return [{type: 'session', sessionId: id, resumable: false}]
  }

  #send(text: string): void {
    this.#phase = 'working'
    const prompt = [{type: 'text', text}]
    this.#rpc.call('session/prompt', {sessionId: this.#sessionId, prompt}, (reply) =>
      this.#answered(reply),
    )
  }

  #sendWaiting(): void {
    const next = this.#waiting.splice(0)
    for (const {taken} of next) taken(true)
    this.#send(next.map(({text}) => text).join('\n\n'))
  }

  #answered({result, error}: RpcReply): AgentEvent[] {
    if (error) {
      const {name, preset} = this.#opening
      return this.#over({outcome: 'failed', error: describeAcpError(name, error, preset)})
    }
    const {stopReason, usage, _meta: meta} = Prompted.safeParse(result).data ?? {}
    const used = this.#updates.usage.ended(usage, meta)
    const events = this.#updates.end()
    if (used) events.push({type: 'usage', usage: used})
    // One that has been cancelled may call that a good end.
    const reason = this.#isStopping ? 'cancelled' : stopReason
    if (reason !== 'end_turn') {
      const declined = this.#questions.declined && reason === 'cancelled'
      const why = declined ? ' after a permission was declined' : ''
      const text = `${describeStop(this.#opening.name, reason)}${why}`
      return [...events, ...this.#over({outcome: 'failed', error: text})]
    }
    if (this.#waiting.length > 0) this.#sendWaiting()
    else this.#phase = 'settling'
    return events
  }

  #finish(): AgentEvent[] {
    return this.#over({outcome: 'completed', output: this.#updates.lastText})
  }

  #over(
    result:
      | {outcome: 'completed'; output: string}
      | {outcome: 'failed'; error: string; sessionRejected?: boolean},
  ): AgentEvent[] {
    if (this.finished) return []
    this.#phase = 'over'
    this.#questions.close()
    for (const {taken} of this.#waiting.splice(0)) taken(false)
    this.#onTurnEnd()
    this.#io.endInput()
    return [...this.#updates.end(), {type: 'result', ...result}]
  }

  #notified(method: string, params: unknown): AgentEvent[] {
    if (method === '$/cancel_request') {
      this.#questions.withdrawn((params as {requestId?: unknown} | undefined)?.requestId)
    }
    if (method !== 'session/update') {
      // What begins with a dollar sign may be passed over.
      return method.startsWith('$/')
        ? [{type: 'progress'}]
        : this.#updates.strange.add(method, params)
    }
    if (this.#phase === 'opening') return this.#updates.replayed(params)
    return this.#updates.read(params, this.#sessionId)
  }
}
