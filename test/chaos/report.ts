import type {Findings} from './examiner.js'
import type {Sizes} from './watch-memory.js'

export interface ChaosOutcome extends Findings {
  faults: Record<string, number>
  /** Times at which the reader of all events was sent to read anew. */
  resyncs: number
  memory: Sizes
  /** Faults that this machine does not allow. */
  missing: string[]
}

const MAX_SHOWN = 40

export const sum = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0)

export function formatMemory(sizes: Sizes): string {
  return Object.entries(sizes)
    .map(([kind, size]) => `${kind} ${size} MiB`)
    .join(', ')
}

/** Everything that a run has found, for people. */
export function formatOutcome(outcome: ChaosOutcome): string {
  const {tasks, messages, deliveries, readers, connections, revived, violations} = outcome
  const list = (counts: Record<string, number>) =>
    Object.entries(counts)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, count]) => `  ${String(count).padStart(6)}  ${name}`)
      .join('\n')
  return [
    `${tasks} tasks, ${messages} messages, ${deliveries} deliveries to ${readers} readers of one task and one of all, ${connections} connections`,
    `largest memory: ${formatMemory(outcome.memory)}`,
    `ends of tasks (${revived} were given up as lost before and taken up again):\n${list(outcome.ends)}`,
    `${sum(outcome.faults)} faults, ${outcome.resyncs} resyncs:\n${list(outcome.faults)}`,
    ...outcome.missing.map((fault) => `not possible on this machine: ${fault}`),
    violations.length === 0
      ? 'nothing lost, repeated, out of order, untrue, stuck or left behind'
      : `${violations.length} violations:\n${violations.slice(0, MAX_SHOWN).join('\n')}`,
  ].join('\n')
}
