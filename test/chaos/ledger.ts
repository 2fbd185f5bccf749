import type {ScriptSeed} from './script.js'

/** What was done to a task, so that its end can be judged. */
export type Harm = 'worker killed' | 'agent killed' | 'cancelled' | 'disk full'

/** A run that the suite knows of. */
export interface LedgerEntry {
  taskId: string
  issueId: string
  /** Number of its issue. */
  number: number
  script: ScriptSeed
  harm: Set<Harm>
}

/** All runs that are not yet checked, and what has happened to them. */
export interface Ledger {
  add(entry: Omit<LedgerEntry, 'harm'>): LedgerEntry
  forget(taskId: string): void
  open(): LedgerEntry[]
  /** Something has been done to a task that may explain how it ends. */
  note(taskId: string, harm: Harm): void
  noteAll(harm: Harm): void
}

/** Longest time from the making of a run to its place in the ledger. */
const RECENT_MS = 60_000

export function createLedger(): Ledger {
  const entries = new Map<string, LedgerEntry>()
  /** What was done to all hits also those that are known a little later. */
  const recent = new Map<Harm, number>()
  return {
    add(entry) {
      const since = performance.now() - RECENT_MS
      const harm = [...recent].filter(([, at]) => at > since).map(([name]) => name)
      const full = {...entry, harm: new Set<Harm>(harm)}
      entries.set(entry.taskId, full)
      return full
    },
    forget: (taskId) => void entries.delete(taskId),
    open: () => [...entries.values()],
    note: (taskId, harm) => void entries.get(taskId)?.harm.add(harm),
    noteAll(harm) {
      recent.set(harm, performance.now())
      for (const entry of entries.values()) entry.harm.add(harm)
    },
  }
}
