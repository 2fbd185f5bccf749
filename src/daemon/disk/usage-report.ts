import type {DiskItem, DiskLimits, DiskStatus} from './disk-item.js'
import type {Removal} from './plan.js'

const CATEGORIES: readonly [DiskItem['kind'], string][] = [
  ['work', 'work folders'],
  ['temp', 'temp folders'],
  ['journal', 'journals'],
  ['repo', 'repos'],
  ['log', 'logs'],
  ['leftover', 'leftovers'],
  ['other', 'other'],
]

/** What one run has on the disk. */
export interface TaskUsage {
  task_id: string
  issue: string | null
  status: DiskStatus
  /** RFC 3339; null when nothing tells. */
  last_used: string | null
  work_bytes: number
  temp_bytes: number
  journal_bytes: number
  bytes: number
}

export interface RemovalEntry {
  category: string
  path: string
  task_id: string | null
  bytes: number
  reason: Removal['reason']
}

/** The answer of `daemon disk-usage`; bytes are allocated ones, as `du` counts. */
export interface UsageReport {
  bytes: number
  categories: {category: string; items: number; bytes: number}[]
  tasks: TaskUsage[]
  repos: {path: string; in_use: boolean; last_used: string | null; bytes: number}[]
  limits: DiskLimits
  /** What the next sweep would remove if it came now. */
  next_sweep: RemovalEntry[]
}

/** Adds an inventory up, so that every byte is in exactly one category. */
export function reportUsage(
  items: readonly DiskItem[],
  limits: DiskLimits,
  removals: readonly Removal[],
): UsageReport {
  return {
    bytes: sum(items),
    categories: CATEGORIES.map(([kind, category]) => {
      const own = items.filter((item) => item.kind === kind)
      return {category, items: own.length, bytes: sum(own)}
    }),
    tasks: tasksOf(items),
    repos: items
      .filter(({kind}) => kind === 'repo')
      .map((item) => ({
        path: item.path,
        in_use: item.status === 'live',
        last_used: timeOf(item.lastUsed),
        bytes: item.bytes,
      })),
    limits,
    next_sweep: removals.map(describeRemoval),
  }
}

export const describeRemoval = ({item, reason}: Removal): RemovalEntry => ({
  category: CATEGORIES.find(([kind]) => kind === item.kind)?.[1] ?? item.kind,
  path: item.path,
  task_id: item.taskId ?? null,
  bytes: item.bytes,
  reason,
})

/** Largest first. */
function tasksOf(items: readonly DiskItem[]): TaskUsage[] {
  const byTask = new Map<string, DiskItem[]>()
  for (const item of items) {
    if (item.taskId) byTask.set(item.taskId, [...(byTask.get(item.taskId) ?? []), item])
  }
  return [...byTask]
    .map(([task_id, own]) => {
      const of = (kind: DiskItem['kind']) => sum(own.filter((item) => item.kind === kind))
      return {
        task_id,
        issue: own.find(({issue}) => issue)?.issue ?? null,
        status: statusOf(own),
        last_used: timeOf(Math.max(...own.map(({lastUsed}) => lastUsed))),
        work_bytes: of('work'),
        temp_bytes: of('temp'),
        journal_bytes: of('journal'),
        bytes: sum(own),
      }
    })
    .sort((a, b) => b.bytes - a.bytes)
}

/** The most alive one counts (fault H-12). */
const ORDER: readonly DiskStatus[] = ['live', 'unreported', 'ended', 'unknown']
const statusOf = (items: readonly DiskItem[]): DiskStatus =>
  ORDER.find((status) => items.some((item) => item.status === status)) ?? 'unknown'

const sum = (items: readonly DiskItem[]): number =>
  items.reduce((total, {bytes}) => total + bytes, 0)

const timeOf = (ms: number): string | null => (ms === 0 ? null : new Date(ms).toISOString())
