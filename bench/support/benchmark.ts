/** One line of the table. */
export interface Row {
  /** `P1` … of the goals; none for a figure that is there for comparison only. */
  goal?: string
  what: string
  figure: number
  /** Behind the figure: `×`, `ms`, `MiB` … */
  unit: string
  /** First and third quartile of the rounds. */
  quartiles?: [number, number]
  /** What was measured beside it in the same run. */
  reference: string
  target?: Target
}

/** What a figure must at least or at most be; a stretch is told but not needed. */
export interface Target {
  min?: number
  max?: number
  stretch?: number
}

export interface Outcome {
  rows: Row[]
  /** Sentences that belong below the table. */
  notes?: string[]
}

export interface RunOptions {
  /** Fewer and shorter rounds: figures to work with, not to publish. */
  quick: boolean
  /** Progress, for people. */
  say: (text: string) => void
}

export interface Benchmark {
  name: string
  title: string
  /** What is done and what it is compared with, in one or two sentences. */
  method: string
  run(options: RunOptions): Promise<Outcome>
}

/** Whether the goal is met; undefined where there is none. */
export function isMet({figure, target}: Row): boolean | undefined {
  if (!target) return undefined
  if (!Number.isFinite(figure)) return false
  return figure >= (target.min ?? -Infinity) && figure <= (target.max ?? Infinity)
}
