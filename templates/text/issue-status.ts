import type {IssuePriority, IssueStatus} from '../../src/protocol/issue.js'
import type {OcticonName} from '../icons/octicon-paths.js'

interface StatusLook {
  label: string
  icon: OcticonName
  /** Tone of the icon: a class of styles/tones.css. */
  tone: 'open' | 'done' | 'attention' | 'accent' | 'muted' | 'danger'
}

export const ISSUE_STATUS_LOOK: Readonly<Record<IssueStatus, StatusLook>> = {
  backlog: {label: 'Backlog', icon: 'issue-draft', tone: 'muted'},
  todo: {label: 'Todo', icon: 'issue-opened', tone: 'open'},
  in_progress: {label: 'In progress', icon: 'issue-opened', tone: 'attention'},
  in_review: {label: 'In review', icon: 'eye', tone: 'accent'},
  done: {label: 'Done', icon: 'issue-closed', tone: 'done'},
  blocked: {label: 'Blocked', icon: 'blocked', tone: 'danger'},
  cancelled: {label: 'Cancelled', icon: 'skip', tone: 'muted'},
}

export const ISSUE_STATUS_NAMES = Object.keys(ISSUE_STATUS_LOOK) as IssueStatus[]

export const PRIORITY_LABELS: Readonly<Record<IssuePriority, string>> = {
  urgent: 'Urgent',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
  none: 'None',
}

export const isClosed = (status: IssueStatus): boolean =>
  status === 'done' || status === 'cancelled'

export const statusLabel = (status: unknown): string =>
  ISSUE_STATUS_LOOK[status as IssueStatus]?.label ?? String(status)
export const priorityLabel = (priority: unknown): string =>
  PRIORITY_LABELS[priority as IssuePriority] ?? String(priority)
