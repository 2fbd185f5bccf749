import type {Transaction} from 'sequelize'
import type {z} from 'zod'
import {AppError, notFound} from '../../src/errors.js'
import {createMasker} from '../../src/masking/masker.js'
import {isTerminal} from '../../src/protocol/task.js'
import type {
  InputReceipt,
  InputStatus,
  NewTaskInput,
  TaskInbox,
  TaskInput,
} from '../../src/protocol/task-request.js'
import type {Access} from '../auth/principal.js'
import type {ServerContext} from '../context.js'
import type {Task as TaskRow} from '../models/task.js'
import type {TaskInput as InputRow} from '../models/task-input.js'
import {addComment} from './add-comment.js'
import {findIssue} from './issue-resolver.js'
import {inputEvent, viewInputs, viewRequests} from './people-view.js'
import {audienceOf} from './task-announcement.js'
import {lockHeldTask, type TaskHolder} from './task-holder.js'
import {statusEvent, viewTask} from './task-view.js'
import {requireTask} from './tasks.js'

/** Messages that may be on their way to one run. */
const MAX_PENDING = 100

/** What people say to running agents. */
export type InputService = ReturnType<typeof createInputService>

export function createInputService(context: ServerContext) {
  const {db} = context
  const masker = createMasker()
  return {
    /**
     * Takes a person's message for the agent of a task.
     * @throws AppError 409 for a task that has ended, naming the way that is left
     */
    send: (
      access: Access,
      taskId: string,
      {text}: z.output<typeof NewTaskInput>,
    ): Promise<TaskInput> => {
      const {principal} = access
      if (principal.kind !== 'user')
        throw new AppError('forbidden', 'people send messages to agents')
      return db.transaction(async (tx) => {
        const row = await requireTask(context, access, taskId, tx)
        await row.reload({transaction: tx, lock: tx.LOCK.UPDATE})
        if (isTerminal(row.status)) throw await ended(context, tx, row)
        const where = {task_id: row.id, status: 'pending'}
        if ((await db.models.TaskInput.count({where, transaction: tx})) >= MAX_PENDING)
          throw new AppError('conflict', `${MAX_PENDING} messages wait for this agent already`)
        const input = await db.models.TaskInput.create(
          {
            task_id: row.id,
            status: 'pending',
            content: masker.mask(text),
            author_id: principal.userId,
            created_at: context.now(),
          },
          {transaction: tx},
        )
        await row.update({inbox_version: row.inbox_version + 1}, {transaction: tx})
        return announce(context, tx, row, input)
      })
    },

    async get(access: Access, taskId: string, id: string): Promise<TaskInput> {
      const row = await requireTask(context, access, taskId)
      const input = await db.models.TaskInput.findOne({where: {id, task_id: row.id}})
      if (!input) throw notFound('message')
      return one(context, undefined, input)
    },

    /** What the worker does not have yet: ends of its requests, and messages. */
    async inbox({row}: TaskHolder, requestIds: string[]): Promise<TaskInbox> {
      const requests = await db.models.TaskRequest.findAll({
        where: {id: requestIds, task_id: row.id},
      })
      const inputs = await db.models.TaskInput.findAll({
        where: {task_id: row.id, status: 'pending'},
        order: [
          ['created_at', 'ASC'],
          ['id', 'ASC'],
        ],
      })
      return {
        requests: await viewRequests(context, requests),
        inputs: await viewInputs(context, inputs),
      }
    },

    /** The worker says what has become of a message; a repeat changes nothing. */
    settle: (
      holder: TaskHolder,
      id: string,
      {status}: z.output<typeof InputReceipt>,
    ): Promise<TaskInput> =>
      db.transaction(async (tx) => {
        const row = await lockHeldTask(context, tx, holder)
        const input = await db.models.TaskInput.findOne({
          where: {id, task_id: row.id},
          transaction: tx,
        })
        if (!input) throw notFound('message')
        if (input.status !== 'pending') return one(context, tx, input)
        if (status === 'deferred') return defer(context, tx, row, input)
        await input.update({status}, {transaction: tx})
        return announce(context, tx, row, input)
      }),
  }
}

/** The run has ended: what did not reach its agent is for the next one. */
export async function deferInputs(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
): Promise<void> {
  if (row.inbox_version === 0) return
  const pending = await context.db.models.TaskInput.findAll({
    where: {task_id: row.id, status: 'pending'},
    order: [['created_at', 'ASC']],
    transaction: tx,
  })
  for (const input of pending) await defer(context, tx, row, input)
}

/** A message that did not reach its run becomes a comment, which the next run reads. */
async function defer(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
  input: InputRow,
): Promise<TaskInput> {
  const issue = row.issue_id
    ? await findIssue(context, row.workspace_id, row.issue_id, tx)
    : undefined
  const status: InputStatus = issue ? 'deferred' : 'dropped'
  await input.update({status}, {transaction: tx})
  if (issue) {
    const author = {type: 'member' as const, id: input.author_id}
    // Who has cancelled a run does not want another one.
    const startsRun = row.status !== 'cancelled'
    await addComment(context, tx, issue, author, {content: input.content, startsRun})
  }
  return announce(context, tx, row, input)
}

async function announce(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
  input: InputRow,
): Promise<TaskInput> {
  const view = await one(context, tx, input)
  const events = [inputEvent(row, view), statusEvent(row)]
  await context.events.append(tx, row.workspace_id, events, await audienceOf(context, tx, row))
  return view
}

async function one(
  context: ServerContext,
  tx: Transaction | undefined,
  input: InputRow,
): Promise<TaskInput> {
  const [view] = await viewInputs(context, [input], tx)
  return view as TaskInput
}

async function ended(context: ServerContext, tx: Transaction, row: TaskRow): Promise<AppError> {
  const {issue_identifier: issue} = await viewTask(context, row, tx)
  const way = issue ? `; write a comment instead: multica issue comment add ${issue} "…"` : ''
  return new AppError('bad_state', `the task is ${row.status} already${way}`, {
    details: {task_status: row.status, issue_identifier: issue},
  })
}
