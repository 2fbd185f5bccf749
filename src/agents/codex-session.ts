import * as z from 'zod'
import type {AgentAnswer, AgentEvent, AgentIo, AgentQuestion, AgentRun} from './adapter.js'
import {CLIENT_INFO} from './client-info.js'
import {askedByCodex} from './codex-approvals.js'
import {CodexNotifications} from './codex-notifications.js'
import {describeRpcError, JsonRpcPeer, type RpcError, type RpcRequest} from './json-rpc.js'

const Thread = z.looseObject({
  thread: z.looseObject({id: z.string(), model: z.string().nullish()}),
  model: z.string().nullish(),
})
const Turn = z.looseObject({turn: z.looseObject({id: z.string()})})

/** What a thread may do: everything, or its own folder and the network (it must reach the server). */
const FREE = {approvalPolicy: 'never', sandbox: 'danger-full-access'} as const
const ASKING = {approvalPolicy: 'untrusted', sandbox: 'workspace-write'} as const

/** A person's message that waits for a turn of its own. */
interface Waiting {
  text: string
  taken: (taken: boolean) => void
}

/**
 * One run over `codex app-server`: hand-shake, thread, turn, end (contract §6.3). A person's message
 * goes into the turn that runs, or makes the next one.
 */
export class CodexSession {
  readonly #io: AgentIo
  readonly #run: AgentRun
  readonly #rpc: JsonRpcPeer
  readonly #told = new CodexNotifications()
  /** Questions without an answer, by the number that Codex gave them. */
  readonly #asked = new Map<number | string, AbortController>()
  #waiting: Waiting[] = []
  #threadId = ''
  #turnId = ''
  #isStopping = false
  #onTurnEnd = () => {}
  readonly #turnEnded = new Promise<void>((resolve) => {
    this.#onTurnEnd = resolve
  })

  constructor(io: AgentIo, run: AgentRun) {
    this.#io = io
    this.#run = run
    this.#rpc = new JsonRpcPeer(
      io,
      {
        notification: (method, params) => this.#notified(method, params),
        request: (request) => askedByCodex(request, (question) => this.#ask(request, question)),
        text: (text) => [{type: 'status', text}],
      },
      {},
    )
  }

  /** Whether the turn has come to its end. */
  get finished(): boolean {
    return this.#told.finished
  }

  begin(): void {
    this.#rpc.call('initialize', {clientInfo: CLIENT_INFO}, ({error}) => {
      if (error) return this.#fail('initialize', error)
      this.#rpc.notify('initialized')
      return this.#openThread()
    })
  }

  receive(line: string): AgentEvent[] {
    return this.#rpc.receive(line)
  }

  written(): Promise<void> {
    return this.#rpc.written()
  }

  /** Resolves when the turn has ended; the caller limits the waiting. */
  async interrupt(): Promise<void> {
    this.#isStopping = true
    if (this.finished) return
    if (this.#turnId === '') return this.#io.endInput()
    const turn = {threadId: this.#threadId, turnId: this.#turnId}
    this.#rpc.call('turn/interrupt', turn, () => [{type: 'progress'}])
    await this.#turnEnded
  }

  /** @returns whether the agent has the words: in its turn, or as the next one */
  say(text: string): Promise<boolean> {
    if (this.finished || this.#isStopping) return Promise.resolve(false)
    return new Promise((taken) => {
      void this.#turnEnded.then(() => taken(false))
      if (this.#turnId === '') this.#waiting.push({text, taken})
      else this.#steer({text, taken})
    })
  }

  #steer(message: Waiting): void {
    const turn = {threadId: this.#threadId, expectedTurnId: this.#turnId}
    this.#rpc.call('turn/steer', {...turn, input: inputOf(message.text)}, ({error}) => {
      if (!error) message.taken(true)
      else if (this.finished) message.taken(false)
      // Some turns cannot be steered, and older versions know no way.
      else this.#waiting.push(message)
      return [{type: 'progress'}]
    })
  }

  async #ask(request: RpcRequest, question: AgentQuestion): Promise<AgentAnswer> {
    const withdrawn = new AbortController()
    this.#asked.set(request.id, withdrawn)
    const answer = await this.#run.ask(question, withdrawn.signal)
    this.#asked.delete(request.id)
    return this.#isStopping ? {outcome: 'cancel'} : answer
  }

  #openThread(): AgentEvent[] {
    const {cwd, settings, resumeSessionId} = this.#run
    const asks = this.#run.permissions === 'ask'
    const options = {
      cwd,
      ...(asks ? ASKING : FREE),
      ...(asks && {config: {sandbox_workspace_write: {network_access: true}}}),
      ...(settings.model && {model: settings.model}),
    }
    const method = resumeSessionId === undefined ? 'thread/start' : 'thread/resume'
    const thread =
      resumeSessionId === undefined
        ? options
        : {...options, threadId: resumeSessionId, excludeTurns: true}
    this.#rpc.call(method, thread, ({result, error}) => {
      if (error) return this.#fail(method, error, resumeSessionId !== undefined)
      const parsed = Thread.safeParse(result)
      if (!parsed.success) return this.#fail(method, {code: 0, message: 'codex named no thread id'})
      this.#threadId = parsed.data.thread.id
      this.#told.opened(this.#threadId, parsed.data.model ?? parsed.data.thread.model)
      return [
        {type: 'session', sessionId: this.#threadId, resumable: false},
        ...this.#startTurn(this.#run.prompt),
      ]
    })
    return []
  }

  #startTurn(text: string): AgentEvent[] {
    const turn = {threadId: this.#threadId, input: inputOf(text)}
    this.#rpc.call('turn/start', turn, ({result, error}) => {
      if (error) return this.#fail('turn/start', error)
      const parsed = Turn.safeParse(result)
      if (parsed.success) this.#turnId = parsed.data.turn.id
      return [{type: 'progress'}]
    })
    return []
  }

  #notified(method: string, params: unknown): AgentEvent[] {
    if (method === 'serverRequest/resolved') this.#resolved(params)
    const events = this.#told.read(method, params)
    if (!this.finished) return events
    if (!this.#isStopping && events.some(isCompleted)) {
      const next = this.#waiting.splice(0)
      if (next.length > 0) {
        this.#told.finished = false
        for (const {taken} of next) taken(true)
        return [
          ...events.filter(({type}) => type !== 'result'),
          ...this.#startTurn(next.map(({text}) => text).join('\n\n')),
        ]
      }
    }
    this.#end()
    return events
  }

  /** Codex no longer wants an answer; told of its own answers as well. */
  #resolved(params: unknown): void {
    const {requestId} = (params ?? {}) as {requestId?: number | string}
    if (requestId !== undefined) this.#asked.get(requestId)?.abort()
  }

  #fail(method: string, error: RpcError, sessionRejected = false): AgentEvent[] {
    this.#told.finished = true
    this.#end()
    return [
      {
        type: 'result',
        outcome: 'failed',
        error: `codex ${method} failed: ${describeRpcError(error)}`,
        ...(sessionRejected && {sessionRejected}),
      },
    ]
  }

  /** The server ends when its input does. */
  #end(): void {
    for (const {taken} of this.#waiting.splice(0)) taken(false)
    this.#onTurnEnd()
    this.#io.endInput()
  }
}

const inputOf = (text: string) => [{type: 'text', text, text_elements: []}]

const isCompleted = (event: AgentEvent): boolean =>
  event.type === 'result' && event.outcome === 'completed'
