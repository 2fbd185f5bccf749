import {z} from 'zod'
import type {AgentEvent, AgentIo, AgentRun} from './adapter.js'
import {CLIENT_INFO} from './client-info.js'
import {answerCodex, verdictOf} from './codex-approvals.js'
import {CodexNotifications} from './codex-notifications.js'
import {describeRpcError, JsonRpcPeer, type RpcError} from './json-rpc.js'

const Thread = z.looseObject({
  thread: z.looseObject({id: z.string(), model: z.string().nullish()}),
  model: z.string().nullish(),
})
const Turn = z.looseObject({turn: z.looseObject({id: z.string()})})

/** What a thread may do: everything, or its own folder and the network (it must reach the server). */
const FREE = {approvalPolicy: 'never', sandbox: 'danger-full-access'} as const
const ASKING = {approvalPolicy: 'untrusted', sandbox: 'workspace-write'} as const

/** One run over `codex app-server`: hand-shake, thread, turn, end (contract §6.3). */
export class CodexSession {
  readonly #io: AgentIo
  readonly #run: AgentRun
  readonly #rpc: JsonRpcPeer
  readonly #told = new CodexNotifications()
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
        request: (request) => answerCodex(request, verdictOf(run.settings, this.#isStopping)),
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

  #openThread(): AgentEvent[] {
    const {cwd, settings, resumeSessionId} = this.#run
    const denies = settings.approvals === 'deny'
    const options = {
      cwd,
      ...(denies ? ASKING : FREE),
      ...(denies && {config: {sandbox_workspace_write: {network_access: true}}}),
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
      return [{type: 'session', sessionId: this.#threadId, resumable: false}, ...this.#startTurn()]
    })
    return []
  }

  #startTurn(): AgentEvent[] {
    const input = [{type: 'text', text: this.#run.prompt, text_elements: []}]
    this.#rpc.call('turn/start', {threadId: this.#threadId, input}, ({result, error}) => {
      if (error) return this.#fail('turn/start', error)
      const parsed = Turn.safeParse(result)
      if (parsed.success) this.#turnId = parsed.data.turn.id
      return [{type: 'progress'}]
    })
    return []
  }

  #notified(method: string, params: unknown): AgentEvent[] {
    const events = this.#told.read(method, params)
    if (this.finished) this.#end()
    return events
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
    this.#onTurnEnd()
    this.#io.endInput()
  }
}
