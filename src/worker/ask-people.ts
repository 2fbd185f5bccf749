import {randomUUID} from 'node:crypto'
import type {AgentAnswer, AgentQuestion} from '../agents/adapter.js'
import {ApiError} from '../client/http-client.js'
import {isRefused, retry} from '../client/retry.js'
import {fitForLive} from '../protocol/message-limits.js'
import {isTerminal, type TaskStatus} from '../protocol/task.js'
import type {RequestPayload, TaskRequest} from '../protocol/task-request.js'
import type {Approvals} from './approvals.js'
import type {Bench} from './bench.js'
import type {Inactivity} from './inactivity.js'
import {describeAnswer, describeQuestion, describeSeconds} from './request-texts.js'

/** How the waiting for an answer ended. */
type Ended =
  | {by: 'server'; request: TaskRequest}
  | {by: 'limit' | 'stop' | 'agent'}
  | {by: 'refusal'; error: unknown}

/** How long the server may take to say whether somebody was faster than the limit. */
const LAST_WORD_MS = 5000
/** What a timer can wait at most. */
const MAX_TIMER_MS = 2 ** 31 - 1

export interface AskingDeps {
  bench: Bench
  approvals: Approvals
  inactivity: Inactivity
}

/** Decides what an agent asks: by the policy, or by people. Never rejects. */
export function createAsking({bench, approvals, inactivity}: AskingDeps) {
  return async (question: AgentQuestion, withdrawn?: AbortSignal): Promise<AgentAnswer> => {
    if (bench.stop.reason) return {outcome: 'cancel'}
    const action = question.kind === 'permission' ? approvals.decide(question.tool) : 'ask'
    if (action === 'allow') return {outcome: 'allow'}
    if (question.kind === 'question' && !approvals.questions) return {outcome: 'deny'}
    if (action === 'deny') {
      await tell(bench, {text: `declined by policy: ${describeQuestion(question)}`})
      return {outcome: 'deny', message: 'the policy of this agent does not allow this'}
    }
    const resume = inactivity.pause()
    try {
      return await askPeople(bench, approvals, question, withdrawn)
    } catch (error) {
      bench.log.error({event: 'question_failed', err: error})
      return {outcome: 'deny', message: 'people could not be asked'}
    } finally {
      resume()
    }
  }
}

async function askPeople(
  bench: Bench,
  approvals: Approvals,
  question: AgentQuestion,
  withdrawn: AbortSignal | undefined,
): Promise<AgentAnswer> {
  const id = randomUUID()
  const what = question.kind === 'permission' ? 'waiting for approval' : 'waiting for an answer'
  await tell(bench, {text: `${what}: ${describeQuestion(question)}`, about: id})
  const ended = await waitForEnd(bench, {id, approvals, question, withdrawn})
  switch (ended.by) {
    case 'server':
      return taken(bench, approvals, question, ended.request)
    case 'limit':
      return atLimit(bench, approvals, question, id)
    case 'refusal': {
      bench.log.warn({event: 'request_refused', error: String(ended.error)})
      return {outcome: isOver(ended.error) ? 'cancel' : 'deny'}
    }
    default:
      void close(bench, id, 'cancelled', bench.signal).catch(() => undefined)
      return {outcome: 'cancel'}
  }
}

interface Waiting {
  id: string
  approvals: Approvals
  question: AgentQuestion
  withdrawn: AbortSignal | undefined
}

/** Files the request and waits for its end, the limit, or the end of the need for it. */
async function waitForEnd(bench: Bench, waiting: Waiting): Promise<Ended> {
  const {inbox, stop, signal} = bench
  const {id, approvals, question, withdrawn} = waiting
  const over = new AbortController()
  const until = AbortSignal.any([over.signal, signal])
  const limit = new Promise<Ended>((resolve) => {
    const ms = Math.min(approvals.limitSeconds * 1000, MAX_TIMER_MS)
    const timer = setTimeout(() => resolve({by: 'limit'}), ms)
    over.signal.addEventListener('abort', () => clearTimeout(timer), {once: true})
  })
  try {
    const closed = inbox.closed(id)
    return await Promise.race([
      closed.then((request): Ended => ({by: 'server', request})),
      file(bench, id, approvals, question, until),
      limit,
      aborted(stop.signal, 'stop'),
      ...(withdrawn ? [aborted(withdrawn, 'agent')] : []),
    ])
  } finally {
    over.abort()
    inbox.forget(id)
  }
}

/** Resolves only when the server wants no such request; the answer comes by the inbox. */
async function file(
  {api, spec, inbox, masker}: Bench,
  id: string,
  {limitSeconds}: Approvals,
  question: AgentQuestion,
  signal: AbortSignal,
): Promise<Ended> {
  const payload = masker.maskJson(payloadOf(question)) as RequestPayload
  const body = {id, payload, limit_seconds: limitSeconds}
  try {
    await retry(() => api.fileRequest(spec.task.id, body, {signal}), {
      signal,
      isFinal: isRefused,
    })
    // An answer may have come before the stream said so.
    inbox.refresh()
    return await new Promise<Ended>(() => {})
  } catch (error) {
    return {by: 'refusal', error}
  }
}

function payloadOf(question: AgentQuestion): RequestPayload {
  const call = question.callId === undefined ? {} : {call_id: question.callId}
  if (question.kind === 'question') {
    return {kind: 'question', ...call, questions: question.questions}
  }
  const {tool, title} = question
  const {input = {}} = fitForLive({seq: 1, type: 'tool_use', input: question.input})
  return {kind: 'permission', ...call, tool, input, ...(title && {title})}
}

/** The server says how the request ended. */
async function taken(
  bench: Bench,
  approvals: Approvals,
  question: AgentQuestion,
  request: TaskRequest,
): Promise<AgentAnswer> {
  const {answer, answered_by: person, id} = request
  if (request.status === 'expired') return byPolicy(bench, approvals, question, id)
  if (!answer) return {outcome: 'cancel'}
  const author = person?.name || 'somebody'
  await tell(bench, {text: describeAnswer(question, answer), author, about: id})
  if (answer.outcome !== 'deny') return answer
  return {outcome: 'deny', message: answer.message || `${author} does not allow this`}
}

/** The limit has passed; somebody may have answered in the last moment. */
async function atLimit(
  bench: Bench,
  approvals: Approvals,
  question: AgentQuestion,
  id: string,
): Promise<AgentAnswer> {
  const patience = AbortSignal.any([bench.signal, AbortSignal.timeout(LAST_WORD_MS)])
  try {
    return await taken(bench, approvals, question, await close(bench, id, 'expired', patience))
  } catch {
    void close(bench, id, 'expired', bench.signal).catch(() => undefined)
    return byPolicy(bench, approvals, question, id)
  }
}

async function byPolicy(
  bench: Bench,
  {limitSeconds, atLimit: action}: Approvals,
  question: AgentQuestion,
  id: string,
): Promise<AgentAnswer> {
  const what = describeQuestion(question)
  const allowed = action === 'allow' && question.kind === 'permission'
  const text = `nobody answered within ${describeSeconds(limitSeconds)}; ${allowed ? 'allowed' : 'denied'} by policy: ${what}`
  await tell(bench, {text, about: id})
  return allowed ? {outcome: 'allow'} : {outcome: 'deny', message: 'nobody answered in time'}
}

const close = (
  {api, spec}: Bench,
  id: string,
  status: 'expired' | 'cancelled',
  signal: AbortSignal,
): Promise<TaskRequest> =>
  retry(() => api.closeRequest(spec.task.id, id, {status}, {signal}), {
    signal,
    isFinal: isRefused,
  })

/** A transcript that takes nothing more says so elsewhere. */
const tell = (bench: Bench, note: Parameters<Bench['transcript']['tell']>[0]): Promise<void> =>
  bench.transcript.tell(note).catch(() => undefined)

function aborted(signal: AbortSignal, by: 'stop' | 'agent'): Promise<Ended> {
  if (signal.aborted) return Promise.resolve({by})
  return new Promise((resolve) =>
    signal.addEventListener('abort', () => resolve({by}), {once: true}),
  )
}

function isOver(error: unknown): boolean {
  if (!(error instanceof ApiError)) return true
  const {task_status: status} = error.body
  return typeof status === 'string' && isTerminal(status as TaskStatus)
}
