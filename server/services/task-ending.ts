import {Op, type Transaction, type WhereOptions} from 'sequelize'
import type {WorkspaceEvent} from '../../src/protocol/events.js'
import {MAX_RESULT_COMMENT_CHARACTERS} from '../../src/protocol/limits.js'
import {
  ACTIVE_STATUSES,
  type EndReason,
  type TaskResult,
  type TaskUsage,
} from '../../src/protocol/task.js'
import type {ServerContext} from '../context.js'
import type {Agent as AgentRow} from '../models/agent.js'
import type {Task as TaskRow} from '../models/task.js'
import {recordActivity} from './activity.js'
import {addAgentComment} from './agent-comment.js'
import {announceTask} from './enqueue.js'
import {deferInputs} from './inputs.js'
import {lastSeq} from './last-seq.js'
import {cancelRequests} from './requests.js'
import {MAX_ATTEMPTS, retryLost} from './retries.js'
import {agentStatusEvent} from './task-announcement.js'
import {statusEvent} from './task-view.js'

export interface TaskEnd {
  status: 'completed' | 'failed' | 'cancelled'
  reason: EndReason
  error?: string | null
  result?: TaskResult | null
  sessionId?: string | null | undefined
  workDir?: string | null | undefined
  usage?: TaskUsage | null | undefined
  /** How long ago it was, when its report had to wait; never before the start. */
  endedMsAgo?: number | null | undefined
  /** Nothing can come after this: the transcript is closed for good (stream §3). */
  seal: boolean
}

/** The one way in which tasks end, whoever ends them (contract §7.8). */
export interface TaskEnding {
  /**
   * Ends a task with all that belongs to it in the caller's transaction: row, comment of the agent,
   * activity and events.
   */
  end(tx: Transaction, row: TaskRow, end: TaskEnd): Promise<void>
  /**
   * Cancels every active task that fits. A queued one is over at once; one with a worker is sealed
   * when the worker has acknowledged that its processes are gone.
   */
  cancelWhere(tx: Transaction, where: WhereOptions, reason: EndReason): Promise<TaskRow[]>
}

export function createTaskEnding(context: ServerContext): TaskEnding {
  const ending: TaskEnding = {
    async end(tx, row, end) {
      await row.update(await changesOf(context, tx, row, end), {transaction: tx})
      await cancelRequests(context, tx, row)
      const retry = await retryLost(context, tx, row)
      const agent = await context.db.models.Agent.findByPk(row.agent_id, {transaction: tx})
      // What stands on the issue is for all who see the issue, also when the agent is private.
      const onIssue = agent ? await report(context, tx, row, agent, retry) : []
      const ofAgent: WorkspaceEvent[] = agent ? [await agentStatusEvent(context, agent, tx)] : []
      const audience = agent?.visibility === 'private' ? {privateAgentId: agent.id} : {}
      const append = context.events.append
      await append(tx, row.workspace_id, [statusEvent(row), ...endEvent(row), ...ofAgent], {
        taskId: row.id,
        ...audience,
      })
      await append(tx, row.workspace_id, onIssue)
      await deferInputs(context, tx, row)
      if (retry) await announceTask(context, tx, retry)
    },

    async cancelWhere(tx, where, reason) {
      const rows = await context.db.models.Task.findAll({
        where: {[Op.and]: [where, {status: [...ACTIVE_STATUSES]}]},
        order: [['id', 'ASC']],
        transaction: tx,
        lock: tx.LOCK.UPDATE,
      })
      for (const row of rows) {
        await ending.end(tx, row, {status: 'cancelled', reason, seal: row.status === 'queued'})
      }
      return rows
    },
  }
  return ending
}

async function changesOf(context: ServerContext, tx: Transaction, row: TaskRow, end: TaskEnd) {
  const now = context.now()
  return {
    status: end.status,
    end_reason: end.reason,
    error: end.error ?? null,
    completed_at: end.seal ? endedAt(row, end.endedMsAgo ?? 0, now) : now,
    ...(end.result && {result: end.result}),
    ...(end.sessionId && {session_id: end.sessionId}),
    ...(end.workDir && {work_dir: end.workDir}),
    ...(end.usage && {usage: end.usage}),
    ...(end.seal && {sealed_at: now, last_seq: await lastSeq(context.db, row.id, tx)}),
  }
}

function endedAt(row: TaskRow, msAgo: number, now: Date): Date {
  const begin = Math.min(row.started_at?.getTime() ?? now.getTime(), now.getTime())
  return new Date(Math.max(begin, now.getTime() - msAgo))
}

function endEvent(row: TaskRow): WorkspaceEvent[] {
  const payload = {task_id: row.id, agent_id: row.agent_id, issue_id: row.issue_id ?? null}
  if (row.status === 'completed') {
    return [{type: 'task:completed', payload: {...payload, status: 'completed'}}]
  }
  if (row.status === 'failed') {
    return [{type: 'task:failed', payload: {...payload, status: 'failed'}}]
  }
  return []
}

/** The agent's comment and the activity on the issue. */
async function report(
  context: ServerContext,
  tx: Transaction,
  row: TaskRow,
  agent: AgentRow,
  retry: TaskRow | undefined,
): Promise<WorkspaceEvent[]> {
  if (!row.issue_id || row.status === 'cancelled') return []
  const completed = row.status === 'completed'
  const again = retry ? `; trying again (attempt ${retry.attempt} of ${MAX_ATTEMPTS})` : ''
  const text = completed ? (row.result?.output ?? '') : `${row.error ?? ''}${again}`
  const events: WorkspaceEvent[] = []
  if (text.trim() !== '') {
    events.push(
      ...(await addAgentComment(context, tx, row, agent, {
        content: shorten(text, row.id),
        type: completed ? 'comment' : 'system',
      })),
    )
  }
  const activity = await recordActivity(context, tx, {
    workspaceId: row.workspace_id,
    issueId: row.issue_id,
    actor: {type: 'agent', id: agent.id},
    action: completed ? 'task_completed' : 'task_failed',
    details: {task_id: row.id},
  })
  return [...events, activity]
}

/** Long output stays in the transcript; the comment says so (contract §7.8). */
function shorten(text: string, taskId: string): string {
  const characters = [...text]
  if (characters.length <= MAX_RESULT_COMMENT_CHARACTERS) return text
  const head = characters.slice(0, MAX_RESULT_COMMENT_CHARACTERS).join('')
  return `${head}\n\n… cut here; the whole text is in the transcript of run ${taskId}`
}
