import type {RequestQuestion, TaskRequest} from '../protocol/task-request.js'
import {cutToWidth} from './display-width.js'
import {shortId} from './format-table.js'
import {toOneLine} from './safe-text.js'
import {summariseCall} from './transcript/summarise-call.js'

const MAX_COLUMNS = 160

/** Requests with their questions, one below the other. */
export function formatRequests(requests: readonly TaskRequest[]): string {
  return requests.map(formatRequest).join('\n')
}

function formatRequest(request: TaskRequest): string {
  const head = `${shortId(request.id)}  ${describeRequest(request)}`
  const {payload} = request
  if (payload.kind === 'permission') return head
  return [head, ...payload.questions.flatMap(questionLines)].join('\n')
}

/** `approval: Bash  rm -r build`, or `answer: Which colour?` */
export function describeRequest({payload}: TaskRequest): string {
  if (payload.kind === 'question') {
    return cutToWidth(
      `answer: ${payload.questions.map(({text}) => toOneLine(text)).join(' · ')}`,
      MAX_COLUMNS,
    )
  }
  const summary = summariseCall(payload.input) || toOneLine(payload.title ?? '')
  return `approval: ${toOneLine(payload.tool)}${summary && `  ${summary}`}`
}

/** The options of a question, below its text where there are several questions. */
function questionLines(
  {text, options, optional, numeric}: RequestQuestion,
  _index: number,
  all: readonly RequestQuestion[],
): string[] {
  const notes = [numeric && 'a number', optional && 'optional: "" leaves it out'].filter(Boolean)
  const note = notes.length > 0 ? `  (${notes.join('; ')})` : ''
  const own = all.length > 1 || note ? [`          ${toOneLine(text)}${note}`] : []
  const indent = ' '.repeat(own.length > 0 ? 12 : 10)
  const listed = options.map(({label, description}, index) => {
    const about = description ? ` – ${toOneLine(description)}` : ''
    return `${indent}${index + 1}. ${toOneLine(label)}${about}`
  })
  return [...own, ...listed].map((line) => cutToWidth(line, MAX_COLUMNS))
}

/** The commands that answer a request. */
export function howToAnswer({task_id: task, payload}: TaskRequest): string {
  return payload.kind === 'permission'
    ? `multica task approve ${task}   or: multica task deny ${task}`
    : `multica task answer ${task}${payload.questions.map(() => ' "…"').join('')}   or: multica task deny ${task}`
}

/** What came of an answer. */
export function formatAnswered({payload, answer}: TaskRequest): string {
  const what = payload.kind === 'permission' ? toOneLine(payload.tool) : 'the question'
  const verb =
    answer?.outcome === 'allow' ? 'Approved' : answer?.outcome === 'deny' ? 'Denied' : 'Answered'
  return `${verb} ${what}.`
}
