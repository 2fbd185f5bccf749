import {type Summary, summarise} from './statistics.js'

/** Measures for one slot and returns a rate or a cost. */
export type Slot = () => Promise<number>

export interface Interleaved<K extends string> {
  /** Figures of one variant, a cycle each. */
  of(variant: K): Summary
  /** The ratio of two variants within each cycle: what the machine does meanwhile happens to both. */
  ratio(over: K, under: K): Summary
}

/** Cycles until the code is compiled. */
const WARM_UP = 4

/**
 * Runs variants in turns, in the opposite order in every other cycle (performance §3). The first
 * cycles warm up and do not count.
 */
export async function interleave<K extends string>(
  slots: Record<K, Slot>,
  cycles: number,
): Promise<Interleaved<K>> {
  const names = Object.keys(slots) as K[]
  const figures = new Map<K, number[]>(names.map((name) => [name, []]))
  for (let cycle = -WARM_UP; cycle < cycles; cycle++) {
    for (const name of cycle % 2 === 0 ? names : names.toReversed()) {
      const figure = await slots[name]()
      if (cycle >= 0) figures.get(name)?.push(figure)
    }
  }
  const valuesOf = (name: K) => figures.get(name) ?? []
  return {
    of: (variant) => summarise(valuesOf(variant)),
    ratio: (over, under) =>
      summarise(valuesOf(over).map((value, cycle) => value / (valuesOf(under)[cycle] ?? 0))),
  }
}
