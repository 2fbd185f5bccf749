import * as z from 'zod'
import type {AgentEvent} from './adapter.js'
import {CodexReader, contentBlock, summaryBlock} from './codex-reader.js'
import {CodexUsage} from './codex-usage.js'

const ErrorBody = z.looseObject({
  message: z.string(),
  codexErrorInfo: z.unknown().optional(),
  additionalDetails: z.string().nullish(),
})
const Params = z.looseObject({
  threadId: z.string().nullish(),
  itemId: z.string().nullish(),
  item: z.unknown().optional(),
  delta: z.string().nullish(),
  summaryIndex: z.number().nullish(),
  contentIndex: z.number().nullish(),
  tokenUsage: z.unknown().optional(),
  message: z.string().nullish(),
  summary: z.string().nullish(),
  willRetry: z.boolean().nullish(),
  error: ErrorBody.nullish(),
  turn: z.looseObject({status: z.string().nullish(), error: ErrorBody.nullish()}).nullish(),
  fromModel: z.string().nullish(),
  toModel: z.string().nullish(),
  plan: z.array(z.looseObject({step: z.string(), status: z.string()})).nullish(),
})
type Params = z.output<typeof Params>

/** What only says that something lives, or concerns other parts of an editor than the conversation. */
const QUIET =
  /^(thread|account|app|skills|fs|hook|process|command|project|remoteControl|serverRequest|mcpServer|externalAgentConfig|fuzzyFileSearch|windowsSandbox|modelProvider)\/|^(deprecationNotice|turn\/(started|diff\/updated|moderationMetadata)|model\/(verification|safetyBuffering\/updated))$|^item\/.*(Delta|delta|progress|patchUpdated|terminalInteraction|summaryPartAdded)$|^item\/autoApprovalReview\//

/** Turns the notifications of Codex's app server into events. */
export class CodexNotifications {
  readonly reader = new CodexReader()
  readonly #usage = new CodexUsage()
  #threadId = ''
  #sessionTold = false
  #turnBegun = false
  #lastError = ''
  /** Whether the run's own turn has ended. */
  finished = false

  opened(threadId: string, model: string | null | undefined): void {
    this.#threadId = threadId
    this.#usage.model = model
  }

  read(method: string, raw: unknown): AgentEvent[] {
    const parsed = Params.safeParse(raw ?? {})
    if (!parsed.success) return this.reader.strange.add(method, raw)
    const params = parsed.data
    if (/^(turn\/started$|item\/)/.test(method)) this.#turnBegun = true
    switch (method) {
      case 'item/started':
        return this.reader.started(params.item, this.#foreign(params))
      case 'item/completed':
        return this.#completed(params)
      case 'item/agentMessage/delta':
        return this.#piece('text', params.itemId ?? '', params)
      case 'item/reasoning/summaryTextDelta':
        return this.#piece(
          'thinking',
          summaryBlock(params.itemId ?? '', params.summaryIndex ?? 0),
          params,
        )
      case 'item/reasoning/textDelta':
        return this.#piece(
          'thinking',
          contentBlock(params.itemId ?? '', params.contentIndex ?? 0),
          params,
        )
      case 'thread/tokenUsage/updated':
        return this.#tokens(params)
      case 'turn/completed':
        return this.#turnCompleted(params)
      case 'error':
        return this.#error(params)
      default:
        return this.#other(method, params)
    }
  }

  #other(method: string, params: Params): AgentEvent[] {
    switch (method) {
      case 'warning':
      case 'guardianWarning':
      case 'configWarning':
        return [{type: 'status', text: params.message ?? params.summary ?? method}]
      case 'model/rerouted':
        return [
          {type: 'status', text: `the model changed from ${params.fromModel} to ${params.toModel}`},
        ]
      case 'turn/plan/updated':
        return [{type: 'status', text: planText(params)}]
      default:
        return QUIET.test(method) ? [{type: 'progress'}] : this.reader.strange.add(method, params)
    }
  }

  #completed(params: Params): AgentEvent[] {
    const events = this.reader.completed(params.item, this.#foreign(params))
    // The thread is written once the model has answered; before that there is nothing to resume.
    if (this.#threadId === '' || !this.reader.acted || this.#sessionTold) return events
    this.#sessionTold = true
    return [...events, {type: 'session', sessionId: this.#threadId, resumable: true}]
  }

  #piece(type: 'text' | 'thinking', block: string, params: Params): AgentEvent[] {
    return this.reader.piece(type, block, params.delta ?? '', this.#foreign(params))
  }

  #tokens(params: Params): AgentEvent[] {
    if (this.#foreign(params) !== undefined) return [{type: 'progress'}]
    // What is told before the turn has begun is what an earlier run has used.
    if (!this.#turnBegun) {
      this.#usage.baseline(params.tokenUsage)
      return [{type: 'progress'}]
    }
    const usage = this.#usage.update(params.tokenUsage)
    return usage ? [{type: 'usage', usage}] : [{type: 'progress'}]
  }

  #error({error, willRetry}: Params): AgentEvent[] {
    const text = [error?.message, error?.additionalDetails].filter(Boolean).join(': ')
    if (willRetry) return [{type: 'status', text: `the model's API failed: ${text}`}]
    this.#lastError = error?.message ?? ''
    return [{type: 'progress'}]
  }

  #turnCompleted(params: Params): AgentEvent[] {
    if (this.finished || this.#foreign(params) !== undefined) return [{type: 'progress'}]
    this.finished = true
    const {status, error} = params.turn ?? {}
    if (status === 'completed') {
      return [{type: 'result', outcome: 'completed', output: this.reader.lastText}]
    }
    const why = error?.message ?? this.#lastError
    const text =
      status === 'failed' ? why || 'the turn failed' : `the turn was ${status ?? 'ended'}`
    // A thread that is too long is too long each time that it is resumed (fault F8).
    const poisoned = JSON.stringify(error?.codexErrorInfo ?? '').includes('contextWindowExceeded')
    return [
      {
        type: 'result',
        outcome: 'failed',
        error: `codex: ${withHint(text, error)}`,
        ...(poisoned && {sessionRejected: true}),
      },
    ]
  }

  /** The thread of a sub-agent; undefined for the run's own. */
  #foreign({threadId}: Params): string | undefined {
    if (!threadId || this.#threadId === '' || threadId === this.#threadId) return undefined
    return threadId
  }
}

/** Codex names missing or wrong credentials by a code, and only people can put that right. */
function withHint(text: string, error: Params['error']): string {
  const info = JSON.stringify(error?.codexErrorInfo ?? '')
  const isAuth = /"unauthorized"|"httpStatusCode":401/.test(info)
  return isAuth ? `${text} (sign in with \`codex login\`, or correct its API key)` : text
}

const planText = ({plan}: Params): string =>
  ['plan:', ...(plan ?? []).map(({step, status}) => `- [${status}] ${step}`)].join('\n')
