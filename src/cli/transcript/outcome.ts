import type {TaskEndEvent} from '../../protocol/events.js'
import type {Task, TaskUsage} from '../../protocol/task.js'
import {createPaint} from '../colours.js'
import {formatTotals} from '../diff-output.js'
import {toOneLine} from '../safe-text.js'
import {formatCost, formatCount, formatElapsed} from '../units.js'

/** First line of a transcript for people: whose run it is, of what. */
export function formatHeader(task: Task, colour: boolean): string {
  const paint = createPaint(colour)
  const issue = task.issue_identifier
    ? ` on ${task.issue_identifier} ${toOneLine(task.issue_title ?? '')}`.trimEnd()
    : ''
  const attempt = task.attempt > 1 ? ` (attempt ${task.attempt})` : ''
  return `${paint('bold', `${toOneLine(task.agent_name)}${issue}${attempt}`)}\n${paint('dim', `task ${task.id}`)}\n\n`
}

/** How a run ended: what `end` says and when. */
export interface Outcome {
  end: TaskEndEvent
  startedAt: string | null
  completedAt: string | null
  /** Calls that were seen; undefined when the transcript was not read from its start. */
  toolCalls: number | undefined
}

const SIGNS = {completed: ['green', '✓'], failed: ['red', '✗'], cancelled: ['yellow', '■']} as const

/** Last line of a transcript for people: outcome, time, calls, tokens and cost. */
export function formatOutcome({end, startedAt, completedAt, toolCalls}: Outcome, colour: boolean) {
  const paint = createPaint(colour)
  const [tone, sign] = SIGNS[end.status as keyof typeof SIGNS] ?? ['dim', '·']
  const took =
    startedAt && completedAt
      ? ` in ${formatElapsed(Date.parse(completedAt) - Date.parse(startedAt))}`
      : ''
  const reason =
    end.end_reason && end.end_reason !== end.status
      ? ` (${end.end_reason.replaceAll('_', ' ')})`
      : ''
  const isOpen = end.status === 'cancelled' && end.sealed === false
  const unsure = isOpen ? ', but nobody has confirmed that its processes are gone' : ''
  const calls =
    toolCalls === undefined
      ? []
      : [`${formatCount(toolCalls)} tool call${toolCalls === 1 ? '' : 's'}`]
  const facts = [
    `${end.status}${took}${reason}${unsure}`,
    ...calls,
    ...formatUsage(end.usage),
    ...changes(end),
  ]
  const line =
    paint(tone, `${sign} ${facts[0]}`) +
    facts
      .slice(1)
      .map((fact) => ` · ${fact}`)
      .join('')
  const error = end.error ? `\n${paint(tone, `  ${toOneLine(end.error).slice(0, 2000)}`)}` : ''
  return `\n${line}${error}\n`
}

const changes = ({diff}: TaskEndEvent): string[] => (diff ? [formatTotals(diff)] : [])

/** Tokens and cost; what the agent does not report is said to be so, never shown as 0. */
export function formatUsage(usage: TaskUsage | null): string[] {
  if (!usage) return ['usage not reported']
  const count = (value: number | null, what: string) =>
    value === null ? [] : [`${formatCount(value)} ${what}`]
  const tokens = [
    ...count(usage.input_tokens, 'in'),
    ...count(usage.output_tokens, 'out'),
    ...count(usage.cache_read_tokens, 'from cache'),
    ...count(usage.cache_write_tokens, 'to cache'),
  ]
  return [
    tokens.length > 0 ? `tokens: ${tokens.join(', ')}` : 'tokens not reported',
    usage.cost_usd === null
      ? 'cost not reported'
      : `${usage.estimated ? '≈ ' : ''}${formatCost(usage.cost_usd)}`,
  ]
}
