import type {EndReason, Task, TaskStatus, TaskUsage} from '../../src/protocol/task.js'
import type {OcticonName} from '../icons/octicon-paths.js'

export const isActive = (status: TaskStatus): boolean =>
  status === 'queued' || status === 'dispatched' || status === 'running'

export const TASK_STATUS_LOOK: Readonly<
  Record<TaskStatus, {label: string; icon: OcticonName; tone: string}>
> = {
  queued: {label: 'Queued', icon: 'clock', tone: 'attention'},
  dispatched: {label: 'Starting', icon: 'clock', tone: 'attention'},
  running: {label: 'In progress', icon: 'dot-fill', tone: 'attention'},
  completed: {label: 'Completed', icon: 'check-circle-fill', tone: 'open'},
  failed: {label: 'Failed', icon: 'x-circle-fill', tone: 'danger'},
  cancelled: {label: 'Cancelled', icon: 'stop', tone: 'muted'},
}

const REASONS: Readonly<Partial<Record<EndReason, string>>> = {
  agent_error: 'the agent ended with an error',
  no_end_mark: 'the agent stopped without saying that it had finished',
  start_error: 'the agent could not be started',
  empty_output: 'the agent gave no answer',
  worker_error: 'the run could not go on',
  cost_limit: 'the run reached its cost limit',
  inactive: 'the agent made no progress for too long',
  worker_lost: 'the process that ran the agent died',
  lost: 'the machine that ran the agent fell silent',
  stopped: 'the daemon was stopped',
  expired: 'no machine took the run in time',
  cancelled_by_user: 'stopped by a person',
  reassigned: 'the issue was given to somebody else',
  issue_closed: 'the issue was closed',
  issue_deleted: 'the issue was deleted',
  agent_deleted: 'the agent was deleted',
  superseded: 'the run that it was to repeat came back',
}

/** Why a run ended, in words; empty for one that completed or still runs. */
export function endReasonText(task: Pick<Task, 'status' | 'end_reason'>): string {
  if (task.status !== 'failed' && task.status !== 'cancelled') return ''
  return (task.end_reason && REASONS[task.end_reason]) ?? ''
}

/** Milliseconds that a run has taken so far or took in all; undefined before it began. */
export function taskDuration(
  task: Pick<Task, 'started_at' | 'dispatched_at' | 'completed_at'>,
  now: number,
): number | undefined {
  const began = task.started_at ?? task.dispatched_at
  if (!began) return undefined
  return (task.completed_at ? Date.parse(task.completed_at) : now) - Date.parse(began)
}

/** `12.4k tokens · $0.08`; what the agent did not report is left out, never shown as 0. */
export function usageText(usage: TaskUsage | null): string {
  if (!usage) return ''
  const reported = [usage.input_tokens, usage.output_tokens].filter((count) => count !== null)
  const parts: string[] = []
  if (reported.length > 0) {
    parts.push(`${shortCount(reported.reduce((sum, count) => sum + count, 0))} tokens`)
  }
  if (usage.cost_usd !== null)
    parts.push(
      `${usage.estimated ? '≈ ' : ''}$${usage.cost_usd.toFixed(usage.cost_usd < 0.1 ? 3 : 2)}`,
    )
  return parts.join(' · ')
}

function shortCount(count: number): string {
  if (count < 1000) return String(count)
  if (count < 1_000_000) return `${(count / 1000).toFixed(1)}k`
  return `${(count / 1_000_000).toFixed(1)}M`
}
