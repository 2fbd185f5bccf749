import type {Task} from '../protocol/task.js'
import {formatTotals} from './diff-output.js'
import {formatTable} from './format-table.js'
import {toOneLine} from './safe-text.js'
import {formatUsage} from './transcript/outcome.js'
import {formatCost, formatElapsed} from './units.js'

/** Runs as a table; ids are whole, because they are what other commands take. */
export function formatTasks(tasks: readonly Task[], now: number): string {
  const rows = tasks.map((task) => [
    task.id,
    task.open_requests > 0 ? `${task.status} (asks)` : task.status,
    task.agent_name,
    task.issue_identifier,
    task.created_at.slice(0, 16),
    elapsedOf(task, now),
    costOf(task),
    task.issue_title,
  ])
  return formatTable(['ID', 'STATUS', 'AGENT', 'ISSUE', 'CREATED', 'TIME', 'COST', 'TITLE'], rows)
}

/** One run, a fact a line. */
export function formatTask(task: Task, now: number): string {
  const facts: [string, string | null | undefined][] = [
    ['Task', task.id],
    ['Status', task.end_reason ? `${task.status} (${task.end_reason})` : task.status],
    ['Agent', task.agent_name],
    ['Issue', task.issue_identifier && `${task.issue_identifier} ${task.issue_title ?? ''}`],
    ['Attempt', String(task.attempt)],
    ['Created', task.created_at],
    ['Started', task.started_at],
    ['Ended', task.completed_at],
    ['Time', elapsedOf(task, now)],
    ['Progress', task.progress?.summary],
    ['Messages', String(task.last_seq)],
    ['Model', task.usage && (task.usage.model ?? 'unknown')],
    ['Usage', formatUsage(task.usage).join(' · ')],
    ['Changes', task.diff && formatTotals(task.diff)],
    ['Cost limit', task.max_cost_usd === null ? null : formatCost(task.max_cost_usd)],
    ['Branch', task.result?.branch_name],
    ['Pull request', task.result?.pr_url],
    ['Error', task.error],
  ]
  return facts
    .filter(([, value]) => value)
    .map(([name, value]) => `${`${name}:`.padEnd(14)}${toOneLine(value ?? '')}`)
    .join('\n')
}

/** Empty where the agent reports none: that is not 0. */
function costOf({usage}: Task): string {
  if (!usage || usage.cost_usd === null) return ''
  return `${usage.estimated ? '≈ ' : ''}${formatCost(usage.cost_usd)}`
}

function elapsedOf(task: Task, now: number): string {
  if (!task.started_at) return ''
  const end = task.completed_at ? Date.parse(task.completed_at) : now
  return formatElapsed(end - Date.parse(task.started_at))
}
