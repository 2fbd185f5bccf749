import type {AgentAnswer, AgentQuestion, AgentRun, AskedQuestion} from './adapter.js'
import type {ClaudeEvent} from './claude-events.js'
import {contentOfForm, questionsOfForm} from './elicitation.js'

type Request = NonNullable<ClaudeEvent['request']>
type Reply = (answer: AgentAnswer) => object

const NO_ANSWER = 'nobody answered'

/**
 * Answers what Claude Code asks with a control request. Never waited for by the reading; an answer to
 * what it has withdrawn is left out.
 */
export class ClaudeQuestions {
  readonly #run: AgentRun
  readonly #write: (message: object) => void
  readonly #open = new Map<string, AbortController>()

  constructor(run: AgentRun, write: (message: object) => void) {
    this.#run = run
    this.#write = write
  }

  asked({request, request_id: id = ''}: ClaudeEvent): void {
    const question = request && questionOf(request)
    if (!question) {
      this.#reply(id, {})
      return
    }
    const withdrawn = new AbortController()
    this.#open.set(id, withdrawn)
    void this.#run.ask(question.ask, withdrawn.signal).then((answer) => {
      if (this.#open.delete(id)) this.#reply(id, question.reply(answer))
    })
  }

  /** Claude no longer wants to know, as after an interrupt. */
  withdrawn({request_id: id = ''}: ClaudeEvent): void {
    const open = this.#open.get(id)
    this.#open.delete(id)
    open?.abort()
  }

  #reply(requestId: string, response: object): void {
    this.#write({
      type: 'control_response',
      response: {subtype: 'success', request_id: requestId, response},
    })
  }
}

/** What is asked, and how Claude wants the answer; undefined for what is no question. */
function questionOf(request: Request): {ask: AgentQuestion; reply: Reply} | undefined {
  if (request.subtype === 'elicitation') return formOf(request)
  if (request.subtype !== 'can_use_tool') return undefined
  const {tool_name: tool = 'tool', input = {}} = request
  const call = request.tool_use_id === undefined ? {} : {callId: request.tool_use_id}
  if (tool === 'AskUserQuestion') {
    const questions = questionsOf(input)
    return {ask: {kind: 'question', ...call, questions}, reply: chosen(input, questions)}
  }
  const title = request.title ?? request.description
  return {
    ask: {kind: 'permission', ...call, tool, input, ...(title && {title})},
    reply: (answer) =>
      answer.outcome === 'allow' ? {behavior: 'allow', updatedInput: input} : refusal(answer),
  }
}

/** Claude goes on after a no; after a cancel it stops. */
function refusal(answer: AgentAnswer): object {
  if (answer.outcome === 'cancel') {
    return {behavior: 'deny', message: 'the run is being stopped', interrupt: true}
  }
  const message = answer.outcome === 'deny' ? answer.message : undefined
  return {behavior: 'deny', message: message ?? 'this is not allowed here'}
}

/** `AskUserQuestion` is a tool that gets its answers as a part of its input, by the text of each question. */
const chosen =
  (input: Record<string, unknown>, questions: AskedQuestion[]): Reply =>
  (answer) => {
    if (answer.outcome !== 'answer') {
      return answer.outcome === 'deny'
        ? {behavior: 'deny', message: answer.message ?? NO_ANSWER}
        : refusal(answer)
    }
    const answers = questions.flatMap(({id, text}) => {
      const values = answer.answers[id] ?? []
      return values.length > 0 ? [[text, values.join(', ')]] : []
    })
    return {
      behavior: 'allow',
      updatedInput: {...input, answers: Object.fromEntries(answers)},
    }
  }

function questionsOf(input: Record<string, unknown>): AskedQuestion[] {
  const list = Array.isArray(input.questions) ? (input.questions as unknown[]) : []
  return list.map((raw, index) => {
    const question = (raw ?? {}) as Record<string, unknown>
    const options = Array.isArray(question.options) ? (question.options as unknown[]) : []
    return {
      id: String(index + 1),
      ...(typeof question.header === 'string' && {header: question.header}),
      text: String(question.question ?? ''),
      options: options.map(optionOf),
      ...(question.multiSelect === true && {multiple: true}),
    }
  })
}

function optionOf(raw: unknown): {label: string; description?: string} {
  const {label, description} = (raw ?? {}) as Record<string, unknown>
  return {
    label: String(label ?? ''),
    ...(typeof description === 'string' && {description}),
  }
}

/** A tools' server wants a form filled in. */
function formOf(request: Request): {ask: AgentQuestion; reply: Reply} {
  const {message = 'the tool asks', requested_schema: schema} = request
  return {
    ask: {kind: 'question', questions: questionsOfForm(message, schema)},
    reply: (answer) => {
      if (answer.outcome === 'answer') {
        return {action: 'accept', content: contentOfForm(schema, answer.answers)}
      }
      return {action: answer.outcome === 'cancel' ? 'cancel' : 'decline'}
    },
  }
}
