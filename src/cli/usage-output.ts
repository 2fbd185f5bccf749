import type {RunTotals, RuntimeUsageEntry, RunUsage} from '../protocol/usage.js'
import {formatTable} from './format-table.js'
import {formatCost, formatCount} from './units.js'

const HEADS = ['INPUT', 'OUTPUT', 'CACHE READ', 'CACHE WRITE']

/** What runs have used, with the sum as the last line. */
export function formatRunUsage({by, rows, total}: RunUsage): string {
  const line = (name: string, totals: RunTotals) => [
    name,
    formatCount(totals.runs),
    ...[
      totals.input_tokens,
      totals.output_tokens,
      totals.cache_read_tokens,
      totals.cache_write_tokens,
    ].map((count) => orDash(count, formatCount)),
    `${orDash(totals.cost_usd, formatCost)}${remark(totals)}`,
  ]
  const lines = [...rows.map((row) => line(row.name, row)), line('TOTAL', total)]
  return formatTable([by.toUpperCase(), 'RUNS', ...HEADS, 'COST'], lines)
}

/** Daily totals of a runtime, newest first. */
export function formatRuntimeUsage(entries: readonly RuntimeUsageEntry[]): string {
  const rows = entries.map((entry) => [
    entry.date,
    entry.model,
    formatCount(entry.input_tokens),
    formatCount(entry.output_tokens),
    formatCount(entry.cache_read_tokens),
    formatCount(entry.cache_write_tokens),
  ])
  return formatTable(['DATE', 'MODEL', ...HEADS], rows)
}

const orDash = (value: number | null, format: (value: number) => string): string =>
  value === null ? '-' : format(value)

/** A sum of some runs is not that of all. */
function remark({runs, runs_with_cost: known}: RunTotals): string {
  return known > 0 && known < runs ? ` (${known} of ${runs} runs)` : ''
}
