import type {AgentAnswer, AgentEvent, AgentQuestion, AskedQuestion} from './adapter.js'
import {contentOfForm, questionsOfForm} from './elicitation.js'
import {METHOD_NOT_FOUND, type RpcRequest} from './json-rpc.js'

type Params = Record<string, unknown>
type Reply = (answer: AgentAnswer) => object

/** Answers of the two dialects: the older one has words of its own. */
const DECISION = {allow: 'accept', answer: 'accept', deny: 'decline', cancel: 'cancel'} as const
const REVIEW = {allow: 'approved', answer: 'approved', deny: 'denied', cancel: 'abort'} as const

/**
 * Takes what Codex asks (contract §6.3) and answers when policy or people have decided. An unanswered
 * request would hold the turn for ever, so what is not known is refused at once (fault E7).
 */
export function askedByCodex(
  request: RpcRequest,
  ask: (question: AgentQuestion) => Promise<AgentAnswer>,
): AgentEvent[] {
  const params = (request.params ?? {}) as Params
  if (request.method === 'item/tool/call') {
    request.answer({success: false, contentItems: []})
    return [{type: 'progress'}]
  }
  const question = questionOf(request.method, params)
  if (!question) {
    request.refuse(METHOD_NOT_FOUND, `${request.method} is not supported`)
    return [{type: 'status', text: `codex asked for ${request.method}, which is not supported`}]
  }
  void ask(question.ask).then((answer) => request.answer(question.reply(answer)))
  return [{type: 'progress'}]
}

function questionOf(
  method: string,
  params: Params,
): {ask: AgentQuestion; reply: Reply} | undefined {
  const decision: Reply = ({outcome}) => ({decision: DECISION[outcome]})
  const review: Reply = ({outcome}) => ({decision: REVIEW[outcome]})
  switch (method) {
    case 'item/commandExecution/requestApproval':
      return {ask: permission('exec_command', params, ['command', 'cwd']), reply: decision}
    case 'execCommandApproval':
      return {ask: permission('exec_command', params, ['command', 'cwd']), reply: review}
    case 'item/fileChange/requestApproval':
      return {ask: permission('patch_apply', params, ['grantRoot']), reply: decision}
    case 'applyPatchApproval':
      return {ask: permission('patch_apply', params, ['fileChanges']), reply: review}
    case 'item/permissions/requestApproval':
      return {
        ask: permission('permissions', params, ['permissions']),
        reply: ({outcome}) => ({
          permissions: outcome === 'allow' ? (params.permissions ?? {}) : {},
        }),
      }
    case 'item/tool/requestUserInput':
      return userInput(params)
    case 'mcpServer/elicitation/request':
      return form(params)
    default:
      return undefined
  }
}

function permission(tool: string, params: Params, about: string[]): AgentQuestion {
  const {command} = params
  const words = Array.isArray(command) ? {command: command.join(' ')} : {}
  const input = Object.fromEntries(
    about.flatMap((key) => (params[key] == null ? [] : [[key, params[key]]])),
  )
  return {
    kind: 'permission',
    ...callOf(params),
    tool,
    input: {...input, ...words},
    ...(typeof params.reason === 'string' && params.reason && {title: params.reason}),
  }
}

function callOf({itemId, callId}: Params): {callId?: string} {
  const id = itemId ?? callId
  return typeof id === 'string' ? {callId: id} : {}
}

function userInput(params: Params): {ask: AgentQuestion; reply: Reply} {
  const list = Array.isArray(params.questions) ? (params.questions as Params[]) : []
  const questions = list.map((question): AskedQuestion => {
    const options = Array.isArray(question.options) ? (question.options as Params[]) : []
    return {
      id: String(question.id ?? ''),
      ...(typeof question.header === 'string' && {header: question.header}),
      text: String(question.question ?? ''),
      options: options.map(({label, description}) => ({
        label: String(label ?? ''),
        ...(typeof description === 'string' && {description}),
      })),
    }
  })
  return {
    ask: {kind: 'question', ...callOf(params), questions},
    reply: (answer) => {
      const given = answer.outcome === 'answer' ? Object.entries(answer.answers) : []
      return {answers: Object.fromEntries(given.map(([id, answers]) => [id, {answers}]))}
    },
  }
}

/** A tools' server wants a form filled in. */
function form(params: Params): {ask: AgentQuestion; reply: Reply} {
  const message = typeof params.message === 'string' ? params.message : 'the tool asks'
  const schema = params.requestedSchema
  return {
    ask: {kind: 'question', questions: questionsOfForm(message, schema)},
    reply: (answer) =>
      answer.outcome === 'answer'
        ? {action: 'accept', content: contentOfForm(schema, answer.answers)}
        : {action: answer.outcome === 'cancel' ? 'cancel' : 'decline'},
  }
}
