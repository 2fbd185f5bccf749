import type {TimelineEntry} from '../../src/protocol/issue.js'

const COLLAPSE_MS = 2 * 60_000

export type TimelineGroup =
  | {kind: 'comment'; entry: TimelineEntry; replies: TimelineEntry[]}
  | {kind: 'activities'; entries: TimelineEntry[]}

/**
 * The timeline as it is shown (contract §8.2): replies of any depth flat under their root; activities
 * that follow each other in one group, where the same action of the same actor within two minutes
 * collapses to the last.
 */
export function groupTimeline(timeline: readonly TimelineEntry[]): TimelineGroup[] {
  const groups: TimelineGroup[] = []
  const roots = new Map<string, {replies: TimelineEntry[]}>()
  for (const entry of timeline) {
    const root = entry.parent_id ? roots.get(entry.parent_id) : undefined
    if (root) {
      root.replies.push(entry)
      roots.set(entry.id, root)
      continue
    }
    const last = groups.at(-1)
    if (entry.type === 'comment') {
      const group = {kind: 'comment' as const, entry, replies: []}
      groups.push(group)
      roots.set(entry.id, group)
    } else if (last?.kind === 'activities') {
      addActivity(last.entries, entry)
    } else {
      groups.push({kind: 'activities', entries: [entry]})
    }
  }
  return groups
}

function addActivity(entries: TimelineEntry[], entry: TimelineEntry): void {
  const last = entries.at(-1)
  const collapses =
    last !== undefined &&
    last.action === entry.action &&
    last.actor_type === entry.actor_type &&
    last.actor_id === entry.actor_id &&
    Date.parse(entry.created_at) - Date.parse(last.created_at) < COLLAPSE_MS
  if (collapses) entries.pop()
  entries.push(entry)
}
