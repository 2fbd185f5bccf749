/** The value below which a share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (sorted.length - 1) * share
  const low = sorted[Math.floor(at)] ?? Number.NaN
  const high = sorted[Math.ceil(at)] ?? Number.NaN
  return low + (high - low) * (at - Math.floor(at))
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

export interface Summary {
  median: number
  quartiles: [number, number]
}

export const summarise = (values: readonly number[]): Summary => ({
  median: median(values),
  quartiles: [quantile(values, 0.25), quantile(values, 0.75)],
})
