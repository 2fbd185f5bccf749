import {Elicitation, PermissionRequest, type ToolCall} from './acp-messages.js'
import {answerPermission} from './acp-permissions.js'
import type {AskedCall} from './acp-tools.js'
import type {AgentAnswer, AgentEvent, AgentQuestion, AgentRun} from './adapter.js'
import {contentOfForm, questionsOfForm} from './elicitation.js'
import {INVALID_PARAMS, METHOD_NOT_FOUND, type RpcRequest} from './json-rpc.js'

type OnCall = (call: ToolCall) => AskedCall

interface Pending {
  id: RpcRequest['id']
  withdrawn: AbortController
  answer(answer: AgentAnswer): void
}

/**
 * The questions of an agent that wait for policy or people. The agent's output is read on meanwhile,
 * and none stays without an answer: some agents wait for it for ever.
 */
export class AcpQuestions {
  /** Whether a permission was declined: some agents end their turn then. */
  declined = false
  readonly #run: AgentRun
  readonly #onCall: OnCall
  readonly #pending = new Set<Pending>()
  #closed = false

  constructor(run: AgentRun, onCall: OnCall) {
    this.#run = run
    this.#onCall = onCall
  }

  asked(request: RpcRequest): AgentEvent[] {
    switch (request.method) {
      case 'session/request_permission':
        return this.#permission(request)
      case 'elicitation/create':
        return this.#form(request)
      default:
        request.refuse(METHOD_NOT_FOUND, `${request.method} is not supported`)
        return [
          {type: 'status', text: `the agent asked for ${request.method}, which is not supported`},
        ]
    }
  }

  /** The agent no longer wants an answer. */
  withdrawn(id: unknown): void {
    for (const question of this.#pending)
      if (question.id === id) question.answer({outcome: 'cancel'})
  }

  /** Answers everything that is open, and what still comes. */
  close(): void {
    this.#closed = true
    for (const {answer} of [...this.#pending]) answer({outcome: 'cancel'})
  }

  #permission(request: RpcRequest): AgentEvent[] {
    const parsed = PermissionRequest.safeParse(request.params)
    if (!parsed.success) {
      request.refuse(INVALID_PARAMS, 'the question for permission cannot be read')
      return [{type: 'status', text: 'the agent asked for a permission that cannot be read'}]
    }
    const {toolCall, options} = parsed.data
    const {events, callId, tool, input, title} = this.#onCall(toolCall)
    const about = {callId, tool, input, ...(title && {title})}
    const question: AgentQuestion = {kind: 'permission', ...about}
    this.#ask(request, question, (answer) => {
      if (answer.outcome === 'deny') this.declined = true
      return answerPermission(options, answer)
    })
    return events.length > 0 ? events : [{type: 'progress'}]
  }

  #form(request: RpcRequest): AgentEvent[] {
    const parsed = Elicitation.safeParse(request.params)
    if (!parsed.success || (parsed.data.mode ?? 'form') !== 'form') {
      request.answer({action: 'decline'})
      return [{type: 'status', text: 'the agent asked for something that only a browser can do'}]
    }
    const {message, requestedSchema: schema, toolCallId} = parsed.data
    const question: AgentQuestion = {
      kind: 'question',
      ...(toolCallId && {callId: toolCallId}),
      questions: questionsOfForm(message ?? 'the agent asks', schema),
    }
    this.#ask(request, question, (answer) => {
      if (answer.outcome !== 'answer')
        return {action: answer.outcome === 'cancel' ? 'cancel' : 'decline'}
      return {action: 'accept', content: contentOfForm(schema, answer.answers)}
    })
    return [{type: 'progress'}]
  }

  #ask(request: RpcRequest, question: AgentQuestion, reply: (answer: AgentAnswer) => object): void {
    const withdrawn = new AbortController()
    const pending: Pending = {
      id: request.id,
      withdrawn,
      answer: (answer) => {
        if (!this.#pending.delete(pending)) return
        request.answer(reply(answer))
        withdrawn.abort()
      },
    }
    this.#pending.add(pending)
    if (this.#closed) pending.answer({outcome: 'cancel'})
    else void this.#run.ask(question, withdrawn.signal).then(pending.answer)
  }
}
