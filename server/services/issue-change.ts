import type {Transaction} from 'sequelize'
import type {z} from 'zod'
import type {WorkspaceEvent} from '../../src/protocol/events.js'
import type {Issue, IssueChange} from '../../src/protocol/issue.js'
import type {JsonObject} from '../../src/protocol/primitives.js'
import type {Actor} from '../auth/principal.js'
import type {ServerContext} from '../context.js'
import type {Issue as IssueRow} from '../models/issue.js'
import {recordActivity} from './activity.js'
import {timeOrNull} from './serialise.js'

type Field =
  | 'title'
  | 'description'
  | 'status'
  | 'priority'
  | 'position'
  | 'assignee'
  | 'due_date'
  | 'max_cost_usd'
  | 'local_dir'

/** What a change really changed, and what stood there before. */
export interface IssueDifference {
  fields: Set<Field>
  previous: {
    title: string
    description: string | null
    status: string
    priority: string
    assignee_type: string | null
    assignee_id: string | null
    due_date: string | null
  }
}

/** Puts a change into the row, unsaved. Absent keeps; null clears what may be empty (contract §2.4). */
export function applyChange(row: IssueRow, change: z.output<typeof IssueChange>): IssueDifference {
  const previous = {
    title: row.title,
    description: row.description ?? null,
    status: row.status,
    priority: row.priority,
    assignee_type: row.assignee_type ?? null,
    assignee_id: row.assignee_id ?? null,
    due_date: timeOrNull(row.due_date),
  }
  const fields = new Set<Field>()
  for (const key of ['title', 'description', 'status', 'priority', 'position'] as const) {
    const value = change[key]
    if (value === undefined || value === null || value === row[key]) continue
    row.set(key, value)
    fields.add(key)
  }
  if ('assignee_type' in change || 'assignee_id' in change) {
    row.assignee_type = change.assignee_type ?? null
    row.assignee_id = change.assignee_id ?? null
    if (row.assignee_id !== previous.assignee_id || row.assignee_type !== previous.assignee_type) {
      fields.add('assignee')
    }
  }
  if ('due_date' in change) {
    row.due_date = change.due_date ? new Date(change.due_date) : null
    if (timeOrNull(row.due_date) !== previous.due_date) fields.add('due_date')
  }
  if ('max_cost_usd' in change && (change.max_cost_usd ?? null) !== (row.max_cost_usd ?? null)) {
    row.max_cost_usd = change.max_cost_usd ?? null
    fields.add('max_cost_usd')
  }
  if ('local_dir' in change) {
    const {path = null, mode = null} = change.local_dir ?? {}
    if (path !== (row.local_dir ?? null) || mode !== (row.local_dir_mode ?? null)) {
      row.local_dir = path
      row.local_dir_mode = mode
      fields.add('local_dir')
    }
  }
  return {fields, previous}
}

/** `issue:updated`, then an activity for each aspect that changed (contract §7.10). */
export async function changeEvents(
  context: ServerContext,
  tx: Transaction,
  actor: Actor,
  issue: Issue,
  difference: IssueDifference,
): Promise<WorkspaceEvent[]> {
  const {fields, previous} = difference
  const events: WorkspaceEvent[] = [
    {
      type: 'issue:updated',
      payload: {
        issue,
        assignee_changed: fields.has('assignee'),
        status_changed: fields.has('status'),
        priority_changed: fields.has('priority'),
        due_date_changed: fields.has('due_date'),
        description_changed: fields.has('description'),
        title_changed: fields.has('title'),
        ...Object.fromEntries(
          Object.entries(previous).map(([key, value]) => [`prev_${key}`, value]),
        ),
        creator_type: issue.creator_type,
        creator_id: issue.creator_id,
      },
    },
  ]
  for (const [action, details] of activitiesOf(issue, difference)) {
    const activity = {workspaceId: issue.workspace_id, issueId: issue.id, actor, action, details}
    events.push(await recordActivity(context, tx, activity))
  }
  return events
}

function activitiesOf(issue: Issue, {fields, previous}: IssueDifference): [string, JsonObject][] {
  const list: [string, JsonObject][] = []
  for (const key of ['status', 'priority', 'due_date', 'title'] as const) {
    if (fields.has(key)) list.push([`${key}_changed`, {from: previous[key], to: issue[key]}])
  }
  if (fields.has('assignee')) {
    const details = {
      from_type: previous.assignee_type,
      from_id: previous.assignee_id,
      to_type: issue.assignee_type,
      to_id: issue.assignee_id,
    }
    const set = Object.entries(details).filter(([, value]) => value !== null)
    list.push(['assignee_changed', Object.fromEntries(set)])
  }
  if (fields.has('description')) list.push(['description_updated', {}])
  return list
}
