import {isMet, type Outcome, type Row, type Target} from './support/benchmark.js'

/** A benchmark that has run, or has failed. */
export interface Finished {
  name: string
  title: string
  method: string
  outcome?: Outcome
  error?: string
}

export interface ReportHead {
  machine: string
  command: string
  date: string
  fsyncMs: number
  /** Load average when the run began; above 1 others were at work. */
  load: number
}

/** `docs/benchmarks.md`, whole. */
export function formatReport(head: ReportHead, finished: readonly Finished[]): string {
  const rows = finished.flatMap(({outcome}) => outcome?.rows ?? [])
  const withGoal = rows.filter((row) => isMet(row) !== undefined)
  const missed = withGoal.filter((row) => !isMet(row))
  return [
    '# Figures',
    '',
    `Written by \`${head.command}\` on ${head.date}; not edited by hand.`,
    `${head.machine}. A 4 KiB write takes ${head.fsyncMs.toFixed(2)} ms to reach the disk (median of fsync); the load average before the run was ${head.load.toFixed(1)}.`,
    '',
    'Every goal is a ratio to a reference that was measured in the same run, in turns of at least 250 ms',
    'in the opposite order every other time. Given are the median and, in brackets, the quartiles of the',
    'ratios of all turns. Client and server have a core each; every delivery is counted, and a run that',
    'loses one is invalid. Absolute figures move by a third from run to run and say little.',
    '',
    `${withGoal.length - missed.length} of ${withGoal.length} goals are met${
      missed.length > 0 ? `; missed: ${missed.map((row) => row.what).join('; ')}` : ''
    }.`,
    '',
    ...finished.flatMap(formatSection),
  ].join('\n')
}

function formatSection({name, title, method, outcome, error}: Finished): string[] {
  const head = [`## ${title}`, '', `\`npm run bench -- ${name}\`. ${method}`, '']
  if (!outcome) return [...head, `This benchmark failed: ${error}`, '']
  return [
    ...head,
    '| what | figure | goal | measured beside it |',
    '|---|---|---|---|',
    ...outcome.rows.map((row) => `| ${cellsOf(row).join(' | ')} |`),
    '',
    ...(outcome.notes ?? []).flatMap((note) => [note, '']),
  ]
}

function cellsOf(row: Row): string[] {
  return [row.what, `**${formatFigure(row)}**`, formatGoal(row), row.reference]
}

/** A row for the terminal. */
export const formatLine = (row: Row): string =>
  `  ${(row.goal ?? '').padEnd(4)}${row.what.padEnd(58)} ${formatFigure(row).padEnd(26)} ${formatGoal(row).padEnd(22)} ${row.reference}`

function formatFigure({figure, unit, quartiles}: Row): string {
  const spread = quartiles ? ` (${quartiles.map(short).join('–')})` : ''
  return `${short(figure)}${unit === '×' ? ' ×' : ` ${unit}`}${spread}`
}

function formatGoal(row: Row): string {
  if (!row.target) return ''
  return `${formatTarget(row.target)}${row.unit === '×' ? '' : ` ${row.unit}`} ${isMet(row) ? 'met' : 'MISSED'}`
}

const formatTarget = ({min, max, stretch}: Target): string =>
  [
    min === undefined ? '' : `≥ ${min}`,
    max === undefined ? '' : `≤ ${max}`,
    stretch === undefined ? '' : `, stretch ${stretch}`,
  ].join('')

function short(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2)
}
