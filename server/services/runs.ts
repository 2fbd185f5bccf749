import type {Transaction} from 'sequelize'
import type {z} from 'zod'
import {AppError} from '../../src/errors.js'
import {createMasker} from '../../src/masking/masker.js'
import {MAX_FIELD_BYTES} from '../../src/protocol/limits.js'
import {cleanText, cutText} from '../../src/protocol/message-limits.js'
import {
  type CancelledBody,
  type CompleteBody,
  type FailBody,
  isTerminal,
  type ProgressBody,
  type SessionBody,
  type Task,
  type TaskStatus,
} from '../../src/protocol/task.js'
import type {ServerContext} from '../context.js'
import type {Task as TaskRow} from '../models/task.js'
import {lastSeq} from './last-seq.js'
import {enqueueFollowUp, rejectSession, rejectSessions} from './run-follow-up.js'
import {announceStatus, audienceOf} from './task-announcement.js'
import type {TaskEnding} from './task-ending.js'
import {lockHeldTask, type TaskHolder} from './task-holder.js'
import {takeUpAgain} from './task-revival.js'
import {viewTask} from './task-view.js'

/** An error goes into events and comments; what is longer stands in the transcript. */
const MAX_ERROR_BYTES = 32 * 1024

/** What the holder of a task reports of its run (contract §1.7, §1.8, stream §3). Every call may be repeated. */
export type RunService = ReturnType<typeof createRunService>

export function createRunService(context: ServerContext, ending: TaskEnding) {
  const {db} = context
  // The worker has masked it already and knows more secrets, a daemon of the original has not (design §4.9).
  const masker = createMasker()
  const tidy = (text: string) => cleanText(masker.mask(text))
  return {
    start: (holder: TaskHolder): Promise<Task> =>
      locked(context, holder, async (tx, row) => {
        if (row.status === 'dispatched') {
          const now = context.now()
          await row.update(
            {status: 'running', started_at: now, worker_seen_at: now},
            {transaction: tx},
          )
          await announceStatus(context, tx, row)
          await enqueueFollowUp(context, tx, row)
        } else if (row.status !== 'running' && !(await takeUpAgain(context, tx, row))) {
          throw wrongState(row.status)
        }
      }),

    progress: (holder: TaskHolder, body: z.output<typeof ProgressBody>): Promise<Task> => {
      const progress = {...body, summary: tidy(body.summary)}
      return locked(context, holder, async (tx, row) => {
        if (isTerminal(row.status)) return
        await row.update({progress, worker_seen_at: context.now()}, {transaction: tx})
        const payload = {task_id: row.id, issue_id: row.issue_id ?? null, ...progress}
        await context.events.append(
          tx,
          row.workspace_id,
          [{type: 'task:progress', payload}],
          await audienceOf(context, tx, row),
        )
      })
    },

    /** Pins the session as soon as it can be resumed, and tells what the run has used so far. */
    session: (holder: TaskHolder, body: z.output<typeof SessionBody>): Promise<Task> =>
      locked(context, holder, async (tx, row) => {
        if (row.sealed_at || row.status === 'queued') throw wrongState(row.status)
        await rejectSessions(context, tx, row, body.rejected_session_ids)
        const before = JSON.stringify(row.usage ?? null)
        await row.update(
          {...sessionOf(body), ...(body.usage && {usage: body.usage})},
          {transaction: tx},
        )
        if (JSON.stringify(row.usage ?? null) !== before) await announceStatus(context, tx, row)
      }),

    complete: (holder: TaskHolder, body: z.output<typeof CompleteBody>): Promise<Task> => {
      const output = cutText(tidy(body.output ?? ''), MAX_FIELD_BYTES)
      return locked(context, holder, async (tx, row) => {
        if (row.status === 'completed' && row.result?.output === output) return
        if (row.status !== 'running' && !(await takeUpAgain(context, tx, row))) {
          throw wrongState(row.status)
        }
        await requireMessages(context, tx, row, body.last_seq)
        await ending.end(tx, row, {
          status: 'completed',
          reason: 'completed',
          result: {
            output,
            pr_url: masker.mask(body.pr_url ?? ''),
            session_id: body.session_id ?? '',
            work_dir: body.work_dir ?? '',
            ...(body.branch_name && {branch_name: body.branch_name}),
          },
          sessionId: body.session_id,
          workDir: body.work_dir,
          usage: body.usage,
          endedMsAgo: body.ended_ms_ago,
          seal: holder.byToken,
        })
        await rejectSessions(context, tx, row, body.rejected_session_ids)
      })
    },

    fail: (holder: TaskHolder, body: z.output<typeof FailBody>): Promise<Task> => {
      const error = cutText(tidy(body.error ?? ''), MAX_ERROR_BYTES)
      return locked(context, holder, async (tx, row) => {
        if (row.status === 'failed' && row.end_reason !== 'lost') return
        const active = row.status === 'dispatched' || row.status === 'running'
        if (!active && !(await takeUpAgain(context, tx, row))) throw wrongState(row.status)
        await requireMessages(context, tx, row, body.last_seq)
        await ending.end(tx, row, {
          status: 'failed',
          reason: body.reason ?? 'agent_error',
          error: error || 'the run failed without a reason',
          sessionId: body.session_id,
          workDir: body.work_dir,
          usage: body.usage,
          endedMsAgo: body.ended_ms_ago,
          seal: holder.byToken,
        })
        await rejectSessions(context, tx, row, body.rejected_session_ids)
        if (!holder.byToken) await rejectSession(context, tx, row)
      })
    },

    /** The acknowledgement of a cancel: the agent's processes are gone, so the transcript is sealed. */
    cancelled: (holder: TaskHolder, body: z.output<typeof CancelledBody>): Promise<Task> =>
      locked(context, holder, async (tx, row) => {
        if (row.status !== 'cancelled') throw wrongState(row.status)
        if (row.sealed_at) return
        await requireMessages(context, tx, row, body.last_seq)
        await row.update(
          {
            ...sessionOf(body),
            ...(body.usage && {usage: body.usage}),
            sealed_at: context.now(),
            last_seq: await lastSeq(db, row.id, tx),
          },
          {transaction: tx},
        )
        await rejectSessions(context, tx, row, body.rejected_session_ids)
        await announceStatus(context, tx, row)
      }),
  }
}

const wrongState = (status: TaskStatus) =>
  new AppError('bad_state', `the task is ${status}`, {details: {task_status: status}})

/** Reads the task again under a lock, works on it, and answers with it. */
function locked(
  context: ServerContext,
  holder: TaskHolder,
  work: (tx: Transaction, row: TaskRow) => Promise<void>,
): Promise<Task> {
  return context.db.transaction(async (tx) => {
    const row = await lockHeldTask(context, tx, holder)
    await work(tx, row)
    return viewTask(context, row, tx)
  })
}

/** The end is accepted only when every message before it is stored (stream §3). */
async function requireMessages(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
  last: number | null | undefined,
): Promise<void> {
  if (last === null || last === undefined) return
  const stored = await lastSeq(context.db, row.id, tx)
  if (stored >= last) return
  throw new AppError('gap', `messages after ${stored} are missing`, {
    details: {expected_seq: stored + 1},
  })
}

function sessionOf(body: {
  session_id?: string | null | undefined
  work_dir?: string | null | undefined
}) {
  return {
    ...(body.session_id && {session_id: body.session_id, session_rejected: false}),
    ...(body.work_dir && {work_dir: body.work_dir}),
  }
}
