import {AUTH_REQUIRED, describeAcpError} from './acp-errors.js'
import {Initialized, Opened} from './acp-messages.js'
import {currentModel, modelChoice} from './acp-model.js'
import {type AcpPreset, presetByName, presetOf} from './acp-presets.js'
import {signInMethod} from './acp-sign-in.js'
import type {AgentEvent, AgentRun} from './adapter.js'
import {CLIENT_INFO} from './client-info.js'
import {type JsonRpcPeer, METHOD_NOT_FOUND, type RpcError, type RpcReply} from './json-rpc.js'

const PROTOCOL = 1

/** What comes of the opening. */
export interface OpeningHooks {
  opened(session: {id: string; model: string | null}): AgentEvent[]
  failed(error: string, sessionRejected: boolean): AgentEvent[]
  /** Whether anything of an earlier run has been told again. */
  hasReplayed(): boolean
}

type Way = 'session/new' | 'session/resume' | 'session/load'

/** From the hand-shake to a session that takes prompts: sign-in, a new or an earlier session, its model. */
export class AcpOpening {
  preset: AcpPreset
  /** How the agent is called in sentences. */
  name: string
  readonly #rpc: JsonRpcPeer
  readonly #run: AgentRun
  readonly #hooks: OpeningHooks
  #agent: Initialized = {}
  #signedIn = false
  /** An earlier session that the agent has told, and may not have told to its end. */
  #replayed: Opened | undefined
  #sessionId: string

  constructor(rpc: JsonRpcPeer, run: AgentRun, hooks: OpeningHooks) {
    this.#rpc = rpc
    this.#run = run
    this.#hooks = hooks
    this.preset = presetOf(run.settings)
    this.name = this.preset.programs[0] ?? 'the agent'
    this.#sessionId = run.resumeSessionId ?? ''
  }

  /** Whether a session of this agent can be gone on with later. */
  get canResume(): boolean {
    return this.#ways.length > 0
  }

  /** Whether a pause in the output is waited for: the end of a replay has no mark of its own (fault A15). */
  get awaitsPause(): boolean {
    return this.#replayed !== undefined
  }

  begin(): void {
    // No files and no terminals of ours are offered: every agent has its own, in the same folder.
    const clientCapabilities = this.#run.questions ? {elicitation: {form: {}}} : {}
    const hello = {protocolVersion: PROTOCOL, clientInfo: CLIENT_INFO, clientCapabilities}
    this.#rpc.call('initialize', hello, ({result, error}) => {
      if (error) return this.#fail(error)
      const parsed = Initialized.safeParse(result)
      if (!parsed.success) return this.#hooks.failed(`${this.name} is no ACP agent`, false)
      this.#agent = parsed.data
      const {protocolVersion = PROTOCOL, agentInfo} = this.#agent
      this.preset = presetByName(this.preset, agentInfo?.name)
      this.name = this.preset.programs[0] ?? agentInfo?.name ?? this.name
      if (protocolVersion !== PROTOCOL) {
        const text = `${this.name} speaks version ${protocolVersion} of the Agent Client Protocol, and only version ${PROTOCOL} is known here`
        return this.#hooks.failed(text, false)
      }
      return this.#open()
    })
  }

  paused(): AgentEvent[] {
    const session = this.#replayed
    this.#replayed = undefined
    if (!session) return []
    if (this.preset.loadsAnything && !this.#hooks.hasReplayed()) {
      return this.#hooks.failed(`${this.name} knows no session ${this.#sessionId}`, true)
    }
    return this.#setModel(session)
  }

  /** Ways to an earlier session, the best first: one of them tells the whole session again. */
  get #ways(): Way[] {
    const {loadSession, sessionCapabilities} = this.#agent.agentCapabilities ?? {}
    const resumes = sessionCapabilities?.resume && !this.preset.loadsAnything
    return [
      ...(resumes ? ['session/resume' as const] : []),
      ...(loadSession ? ['session/load' as const] : []),
    ]
  }

  #open(): AgentEvent[] {
    if (this.#run.resumeSessionId === undefined) return this.#ask('session/new', [])
    const [way, ...others] = this.#ways
    if (!way) return this.#hooks.failed(`${this.name} cannot go on with an earlier session`, true)
    return this.#ask(way, others)
  }

  #ask(way: Way, others: Way[]): AgentEvent[] {
    const isNew = way === 'session/new'
    const params = {
      cwd: this.#run.cwd,
      mcpServers: [],
      ...(!isNew && {sessionId: this.#run.resumeSessionId}),
    }
    this.#rpc.call(way, params, (reply) => {
      const {error} = reply
      const [next, ...rest] = others
      if (error?.code === METHOD_NOT_FOUND && next) return this.#ask(next, rest)
      if (error?.code === AUTH_REQUIRED && !this.#signedIn) {
        return this.#signIn(error, () => this.#ask(way, others))
      }
      if (error) return this.#fail(error, !isNew && error.code !== AUTH_REQUIRED)
      return this.#answered(way, reply)
    })
    return []
  }

  #signIn(refusal: RpcError, next: () => AgentEvent[]): AgentEvent[] {
    this.#signedIn = true
    const methodId = signInMethod(this.preset, this.#agent.authMethods ?? [], this.#run.env)
    if (!methodId) return this.#fail(refusal)
    this.#rpc.call('authenticate', {methodId}, ({error}) => (error ? this.#fail(error) : next()))
    return []
  }

  #answered(way: Way, {result}: RpcReply): AgentEvent[] {
    const parsed = Opened.safeParse(result ?? {})
    const session = parsed.success ? parsed.data : {}
    // The id that came back counts: some begin another session in silence (fault F4).
    this.#sessionId = session.sessionId ?? this.#sessionId
    if (this.#sessionId === '') return this.#hooks.failed(`${this.name} named no session id`, false)
    if (way !== 'session/load') return this.#setModel(session)
    this.#replayed = session
    return []
  }

  #setModel(session: Opened): AgentEvent[] {
    const wanted = this.#run.settings.model
    const choice = wanted && !this.preset.modelFlag ? modelChoice(session, wanted) : undefined
    if (!wanted || this.preset.modelFlag) return this.#opened(currentModel(session))
    if (!choice) {
      const text = `${this.name} lets nobody choose a model; take "model" out of its settings`
      return this.#hooks.failed(text, false)
    }
    const params = {sessionId: this.#sessionId, ...choice.params}
    this.#rpc.call(choice.method, params, ({error}) => {
      if (!error) return this.#opened(wanted)
      const offered = choice.offered.slice(0, 20).join(', ')
      const why = describeAcpError(this.name, error, this.preset)
      return this.#hooks.failed(`${why}; it offers the models ${offered}`, false)
    })
    return []
  }

  #opened(model: string | null): AgentEvent[] {
    return this.#hooks.opened({id: this.#sessionId, model})
  }

  #fail(error: RpcError, sessionRejected = false): AgentEvent[] {
    return this.#hooks.failed(describeAcpError(this.name, error, this.preset), sessionRejected)
  }
}
