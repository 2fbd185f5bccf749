import type {ChildProcess} from 'node:child_process'
import type {Ledger} from '../ledger.js'
import type {Random} from '../random.js'
import type {ChaosSystem} from '../system.js'

/** What faults work on. */
export interface Stage {
  system: ChaosSystem
  random: Random
  ledger: Ledger
  /** All `task tail` of the moment. */
  tails: Set<ChildProcess>
  /** A fault found something that must not be. */
  complain(text: string): void
  /** Something that goes on beside the faults and must end before the run does. */
  beside(work: Promise<void>): void
}

/** One kind of harm. Resolves when it is over. */
export interface Fault {
  name: string
  /** How often it comes in a round. */
  weight: number
  /** Takes longer than a short run allows. */
  isLong?: boolean
  run(): Promise<void>
}

export function signalTo(pid: number | undefined, signal: NodeJS.Signals): boolean {
  if (pid === undefined) return false
  try {
    process.kill(pid, signal)
    return true
  } catch {
    // It has ended by itself.
    return false
  }
}
