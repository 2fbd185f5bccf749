import type {Transaction} from 'sequelize'
import type {z} from 'zod'
import {AppError, invalid, notFound} from '../../src/errors.js'
import {createMasker} from '../../src/masking/masker.js'
import type {
  NewTaskRequest,
  RequestAnswer,
  RequestClosing,
  RequestPayload,
  RequestStatus,
  TaskRequest,
} from '../../src/protocol/task-request.js'
import type {Access} from '../auth/principal.js'
import type {ServerContext} from '../context.js'
import type {Task as TaskRow} from '../models/task.js'
import type {TaskRequest as RequestRow} from '../models/task-request.js'
import {requestEvent, viewRequests} from './people-view.js'
import {audienceOf} from './task-announcement.js'
import {lockHeldTask, type TaskHolder} from './task-holder.js'
import {statusEvent} from './task-view.js'
import {requireTask} from './tasks.js'

/** Open requests of one task: an agent that asks more than this asks in vain. */
const MAX_OPEN = 100

/** What running agents ask people, and what people answer. */
export type RequestService = ReturnType<typeof createRequestService>

export function createRequestService(context: ServerContext) {
  const {db} = context
  const masker = createMasker()
  return {
    /** Files a worker's request; a repeat with the same id answers with the first one. */
    file: (holder: TaskHolder, body: z.output<typeof NewTaskRequest>): Promise<TaskRequest> =>
      db.transaction(async (tx) => {
        const row = await lockHeldTask(context, tx, holder)
        const first = await db.models.TaskRequest.findByPk(body.id, {transaction: tx})
        if (first) return one(context, tx, requireOwn(first, row))
        requireRunning(row)
        const now = context.now()
        const request = await db.models.TaskRequest.create(
          {
            id: body.id,
            task_id: row.id,
            status: 'open',
            payload: masker.maskJson(body.payload) as RequestPayload,
            expires_at: new Date(now.getTime() + body.limit_seconds * 1000),
            created_at: now,
          },
          {transaction: tx},
        )
        await row.update({open_requests: row.open_requests + 1}, {transaction: tx})
        return announce(context, tx, row, request)
      }),

    /**
     * Ends a request from the worker's side, unless a person was faster.
     * @returns the request as it stands: the worker takes an answer that came in time
     */
    close: (
      holder: TaskHolder,
      id: string,
      {status}: z.output<typeof RequestClosing>,
    ): Promise<TaskRequest> =>
      db.transaction(async (tx) => {
        const row = await lockHeldTask(context, tx, holder)
        const request = requireOwn(await findRequest(context, tx, id), row)
        if (request.status !== 'open') return one(context, tx, request)
        return finish(context, tx, row, request, {status})
      }),

    /** Those of a task, oldest first. */
    async list(access: Access, taskId: string, statuses?: RequestStatus[]): Promise<TaskRequest[]> {
      const row = await requireTask(context, access, taskId)
      const rows = await db.models.TaskRequest.findAll({
        where: {task_id: row.id, ...(statuses && {status: statuses})},
        order: [
          ['created_at', 'ASC'],
          ['id', 'ASC'],
        ],
      })
      return viewRequests(context, rows)
    },

    /**
     * A person's answer; the first one counts.
     * @throws AppError 409 that names who was faster, or why nobody waits any more
     */
    answer: (
      access: Access,
      taskId: string,
      id: string,
      answer: z.output<typeof RequestAnswer>,
    ): Promise<TaskRequest> => {
      const {principal} = access
      if (principal.kind !== 'user') throw new AppError('forbidden', 'people answer requests')
      return db.transaction(async (tx) => {
        const row = await requireTask(context, access, taskId, tx)
        await row.reload({transaction: tx, lock: tx.LOCK.UPDATE})
        const request = requireOwn(await findRequest(context, tx, id), row)
        if (request.status !== 'open') throw await tooLate(context, tx, request)
        requireFitting(request.payload, answer)
        return finish(context, tx, row, request, {
          status: 'answered',
          answer: masker.maskJson(answer) as RequestAnswer,
          answered_by: principal.userId,
        })
      })
    },
  }
}

/** Ends all that a task still asks: its run is over, so nobody waits for an answer. */
export async function cancelRequests(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
): Promise<void> {
  if (row.open_requests === 0) return
  const where = {task_id: row.id, status: 'open'}
  const open = await context.db.models.TaskRequest.findAll({where, transaction: tx})
  for (const request of open) {
    await request.update({status: 'cancelled', answered_at: context.now()}, {transaction: tx})
  }
  await row.update({open_requests: 0}, {transaction: tx})
  const views = await viewRequests(context, open, tx)
  const events = views.map((view) => requestEvent(row, view))
  await context.events.append(tx, row.workspace_id, events, await audienceOf(context, tx, row))
}

async function finish(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
  request: RequestRow,
  end: {status: RequestStatus; answer?: RequestAnswer; answered_by?: string},
): Promise<TaskRequest> {
  await request.update({...end, answered_at: context.now()}, {transaction: tx})
  await row.update(
    {
      open_requests: Math.max(0, row.open_requests - 1),
      ...(end.answer && {inbox_version: row.inbox_version + 1}),
    },
    {transaction: tx},
  )
  return announce(context, tx, row, request)
}

async function announce(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
  request: RequestRow,
): Promise<TaskRequest> {
  const view = await one(context, tx, request)
  const events = [requestEvent(row, view), statusEvent(row)]
  await context.events.append(tx, row.workspace_id, events, await audienceOf(context, tx, row))
  return view
}

async function one(
  context: ServerContext,
  tx: Transaction,
  request: RequestRow,
): Promise<TaskRequest> {
  const [view] = await viewRequests(context, [request], tx)
  return view as TaskRequest
}

const findRequest = (context: ServerContext, tx: Transaction, id: string) =>
  context.db.models.TaskRequest.findByPk(id, {transaction: tx})

function requireOwn(request: RequestRow | null, row: TaskRow): RequestRow {
  if (request?.task_id !== row.id) throw notFound('request')
  return request
}

function requireRunning(row: TaskRow): void {
  if (row.status !== 'running') {
    const details = {task_status: row.status}
    throw new AppError('bad_state', `the task is ${row.status}`, {details})
  }
  if (row.open_requests >= MAX_OPEN)
    throw new AppError('conflict', `the task has ${MAX_OPEN} open requests already`)
}

async function tooLate(
  context: ServerContext,
  tx: Transaction,
  request: RequestRow,
): Promise<AppError> {
  const view = await one(context, tx, request)
  const texts: Record<RequestStatus, string> = {
    open: '',
    answered: `${view.answered_by?.name || 'somebody'} has answered this request already`,
    expired: 'nobody answered this request in time, so the policy of the agent has decided',
    cancelled: 'the run no longer waits for an answer to this request',
  }
  return new AppError('conflict', texts[request.status], {details: {request: view}})
}

/** @throws AppError naming what is missing or does not belong there */
function requireFitting(payload: RequestPayload, answer: RequestAnswer): void {
  if (payload.kind === 'permission') {
    if (answer.outcome === 'answer')
      throw invalid('this request wants a yes or a no: approve or deny it', 'outcome')
    return
  }
  if (answer.outcome === 'allow') throw invalid('this request wants answers: answer it', 'outcome')
  if (answer.outcome !== 'answer') return
  const ids = payload.questions.map(({id}) => id)
  const strange = Object.keys(answer.answers).find((id) => !ids.includes(id))
  if (strange !== undefined) throw invalid(`answers: no question "${strange}"`, 'answers')
  const missing = payload.questions.find(
    ({id, optional}) => !optional && !answer.answers[id]?.some((text) => text.trim()),
  )
  if (missing) throw invalid(`answers: no answer to "${missing.text}"`, 'answers')
  for (const {id, text} of payload.questions.filter(({numeric}) => numeric)) {
    const word = answer.answers[id]?.find((given) => !Number.isFinite(Number(given)))
    if (word) throw invalid(`answers: "${text}" wants a number, not "${word}"`, 'answers')
  }
}
