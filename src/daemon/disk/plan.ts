import type {DiskItem, DiskLimits} from './disk-item.js'

/** `over`: of no use since its run has ended. `leftover`: of a deletion or a clone that was cut short. */
export type Reason = 'over' | 'leftover' | 'age' | 'quota'

export interface Removal {
  item: DiskItem
  reason: Reason
}

export interface Plan {
  /** To go whatever the quota says. */
  due: Removal[]
  /** To go one after another, oldest first, until the rest fits. */
  spare: Removal[]
  /** Bytes over the quota when all that is due has gone; 0 or less: it fits. */
  excess: number
}

const COUNTED: ReadonlySet<DiskItem['kind']> = new Set(['work', 'temp', 'journal', 'repo'])

/** What should go, by age and by size. Whether it may is asked again just before (fault H-8). */
export function planRemovals(items: readonly DiskItem[], limits: DiskLimits, now: number): Plan {
  const due: Removal[] = []
  const spare: DiskItem[] = []
  for (const item of items) {
    const reason = reasonOf(item, limits, now)
    if (reason) due.push({item, reason})
    else if (isSpare(item, limits)) spare.push(item)
  }
  const gone = new Set(due.map(({item}) => item))
  const left = items.filter((item) => COUNTED.has(item.kind) && !gone.has(item))
  const excess = left.reduce((sum, {bytes}) => sum + bytes, 0) - limits.quotaBytes
  spare.sort((a, b) => a.lastUsed - b.lastUsed)
  return {due, spare: spare.map((item) => ({item, reason: 'quota'})), excess}
}

function reasonOf(item: DiskItem, limits: DiskLimits, now: number): Reason | undefined {
  if (item.status !== 'ended') return undefined
  const age = now - item.lastUsed
  switch (item.kind) {
    case 'leftover':
      return age >= LEFTOVER_MS ? 'leftover' : undefined
    case 'temp':
      return limits.keepWork ? undefined : 'over'
    case 'journal':
      return age >= limits.taskRetentionMs ? 'age' : undefined
    case 'work':
      if (limits.keepWork) return undefined
      if (age >= limits.workRetentionMs) return 'age'
      // Nobody will ever go on in it (fault H-2).
      return item.reusable ? undefined : 'over'
    case 'repo':
      return age >= limits.repoRetentionMs ? 'age' : undefined
    default:
      return undefined
  }
}

/** Another process may be at it: a deletion takes minutes, a clone as long as it may. */
const LEFTOVER_MS = 15 * 60_000

function isSpare({kind, status}: DiskItem, {keepWork}: DiskLimits): boolean {
  if (status !== 'ended') return false
  return kind === 'journal' || kind === 'repo' || (kind === 'work' && !keepWork)
}
