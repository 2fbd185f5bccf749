import type {DiskLimits} from '../daemon/disk/disk-item.js'
import type {RemovalEntry, TaskUsage, UsageReport} from '../daemon/disk/usage-report.js'
import {formatDuration} from '../settings/duration.js'
import {formatTable} from './format-table.js'
import {formatBytes} from './units.js'

/** Categories, the limits, and what the next sweep would do. */
export function formatUsage(report: UsageReport): string {
  const rows = report.categories.map((row) => [
    row.category,
    String(row.items),
    formatBytes(row.bytes),
  ])
  return [
    formatTable(['CATEGORY', 'ITEMS', 'SIZE'], [...rows, ['total', '', formatBytes(report.bytes)]]),
    '',
    describeLimits(report.limits),
    describeNext(report.next_sweep),
  ].join('\n')
}

/** One line for each run that has something on the disk. */
export function formatTaskUsage(tasks: readonly TaskUsage[]): string {
  return formatTable(
    ['TASK', 'ISSUE', 'STATUS', 'LAST USED', 'WORK', 'TEMP', 'JOURNAL', 'SIZE'],
    tasks.map((task) => [
      task.task_id,
      task.issue ?? '-',
      task.status,
      task.last_used?.slice(0, 16).replace('T', ' ') ?? '-',
      formatBytes(task.work_bytes),
      formatBytes(task.temp_bytes),
      formatBytes(task.journal_bytes),
      formatBytes(task.bytes),
    ]),
  )
}

export function formatRemovals(removals: readonly RemovalEntry[]): string {
  if (removals.length === 0) return ''
  return formatTable(
    ['CATEGORY', 'WHY', 'SIZE', 'PATH'],
    removals.map((entry) => [entry.category, entry.reason, formatBytes(entry.bytes), entry.path]),
  )
}

function describeLimits(limits: DiskLimits): string {
  if (limits.keepWork) return 'Limits: work folders stay (MULTICA_KEEP_ENV_AFTER_TASK)'
  const parts = [
    `work folders ${formatAge(limits.workRetentionMs)}`,
    `clones ${formatAge(limits.repoRetentionMs)}`,
    `journals ${formatAge(limits.taskRetentionMs)}`,
    `${formatBytes(limits.quotaBytes)} together`,
  ]
  return `Limits: ${parts.join(', ')}`
}

function describeNext(removals: readonly RemovalEntry[]): string {
  if (removals.length === 0) return 'Next sweep: removes nothing'
  const bytes = removals.reduce((sum, entry) => sum + entry.bytes, 0)
  return `Next sweep: removes ${removals.length} of these, ${formatBytes(bytes)}`
}

function formatAge(ms: number): string {
  const days = ms / 86_400_000
  return Number.isInteger(days) ? `${days}d` : formatDuration(ms)
}
