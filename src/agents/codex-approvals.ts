import type {AgentEvent, AgentSettings} from './adapter.js'
import {METHOD_NOT_FOUND, type RpcRequest} from './json-rpc.js'

export type Verdict = 'allow' | 'deny' | 'cancel'

/** Answers of the two dialects: the older one has words of its own. */
const DECISION = {allow: 'accept', deny: 'decline', cancel: 'cancel'} as const
const REVIEW = {allow: 'approved', deny: 'denied', cancel: 'abort'} as const

export const verdictOf = (settings: AgentSettings, isStopping: boolean): Verdict =>
  isStopping ? 'cancel' : settings.approvals === 'deny' ? 'deny' : 'allow'

/**
 * Answers what Codex asks (contract §6.3). Nobody is there, so a question to a person gets no answer
 * rather than no reply at all: an unanswered request would hold the turn for ever (fault E7).
 */
export function answerCodex(request: RpcRequest, verdict: Verdict): AgentEvent[] {
  const params = (request.params ?? {}) as {permissions?: unknown}
  switch (request.method) {
    case 'item/commandExecution/requestApproval':
    case 'item/fileChange/requestApproval':
      request.answer({decision: DECISION[verdict]})
      break
    case 'execCommandApproval':
    case 'applyPatchApproval':
      request.answer({decision: REVIEW[verdict]})
      break
    case 'item/permissions/requestApproval':
      request.answer({permissions: verdict === 'allow' ? (params.permissions ?? {}) : {}})
      break
    case 'item/tool/requestUserInput':
      request.answer({answers: {}})
      break
    case 'mcpServer/elicitation/request':
      request.answer({action: verdict === 'cancel' ? 'cancel' : 'decline'})
      break
    case 'item/tool/call':
      request.answer({success: false, contentItems: []})
      break
    default:
      request.refuse(METHOD_NOT_FOUND, `${request.method} is not supported`)
      return [{type: 'status', text: `codex asked for ${request.method}, which is not supported`}]
  }
  return verdict === 'deny'
    ? [{type: 'status', text: `declined: ${describe(request)}`}]
    : [{type: 'progress'}]
}

function describe({method, params}: RpcRequest): string {
  const {command} = (params ?? {}) as {command?: unknown}
  if (typeof command === 'string') return command
  return Array.isArray(command) ? command.join(' ') : method
}
