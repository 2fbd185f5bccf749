import type {TimelineEntry} from '../../src/protocol/issue.js'
import type {OcticonName} from '../icons/octicon-paths.js'
import {priorityLabel, statusLabel} from './issue-status.js'

/** Finds the name of a member or an agent. */
export type NameOf = (type: unknown, id: unknown) => string

/** What somebody did, as the timeline words it after the name (contract §8.2). */
export function activityText(entry: TimelineEntry, nameOf: NameOf): string {
  const details = entry.details ?? {}
  const {from, to} = details
  switch (entry.action) {
    case 'created':
      return 'opened this issue'
    case 'status_changed':
      return `changed status from ${statusLabel(from)} to ${statusLabel(to)}`
    case 'priority_changed':
      return `changed priority from ${priorityLabel(from)} to ${priorityLabel(to)}`
    case 'title_changed':
      return `renamed this issue from “${String(from)}” to “${String(to)}”`
    case 'description_updated':
      return 'updated the description'
    case 'due_date_changed':
      return to ? `set the due date to ${String(to).slice(0, 10)}` : 'removed the due date'
    case 'assignee_changed':
      return assigneeText(entry, nameOf)
    case 'task_completed':
      return 'completed the task'
    case 'task_failed':
      return 'failed to complete the task'
    default:
      return String(entry.action ?? 'did something').replaceAll('_', ' ')
  }
}

export function activityIcon(entry: TimelineEntry): OcticonName {
  if (entry.action === 'created') return 'issue-opened'
  if (entry.action === 'status_changed') {
    const to = entry.details?.to
    return to === 'done' ? 'issue-closed' : to === 'cancelled' ? 'skip' : 'issue-reopened'
  }
  if (entry.action === 'assignee_changed') return 'person'
  if (entry.action === 'task_completed') return 'check-circle'
  if (entry.action === 'task_failed') return 'x-circle'
  if (entry.action === 'due_date_changed') return 'calendar'
  return entry.action === 'priority_changed' ? 'tag' : 'pencil'
}

function assigneeText(entry: TimelineEntry, nameOf: NameOf): string {
  const {from_type, from_id, to_type, to_id} = entry.details ?? {}
  if (!to_id) {
    const name = nameOf(from_type, from_id)
    return name ? `removed ${name} as assignee` : 'removed the assignee'
  }
  if (to_type === entry.actor_type && to_id === entry.actor_id) return 'self-assigned this'
  return `assigned this to ${nameOf(to_type, to_id) || 'somebody who is gone'}`
}
