import {cutToWidth} from '../display-width.js'
import {makeSafe, RESET} from '../safe-text.js'
import {formatBytes} from '../units.js'

export interface Folded {
  lines: string[]
  /** What is not shown, as a line for people; undefined when everything is. */
  rest: string | undefined
}

export interface FoldOptions {
  maxLines: number
  maxColumns: number
  colour: boolean
  /** Whole size in bytes, when the text was cut on its way here. */
  bytesTotal?: number | undefined
}

/** The first lines of a tool's output, and how much more there is. */
export function foldResult(output: string, options: FoldOptions): Folded {
  // Far more than can be shown, far less than 1 MiB of escapes to look through.
  const budget = options.maxLines * options.maxColumns * 16
  const head = output.slice(0, Number.isFinite(budget) ? budget : undefined)
  const safe = makeSafe(head, options.colour).replace(/\s+$/, '')
  const shown = safe === '' ? [] : safe.split('\n').slice(0, options.maxLines)
  const lines = shown.map((line) => cutLine(line.replaceAll('\t', '    '), options))
  const total = countLines(output)
  const bytes = options.bytesTotal ?? Buffer.byteLength(output)
  const hidden = total - shown.length
  if (options.bytesTotal !== undefined) {
    const more = hidden > 0 ? `… ${hidden} more lines, ` : '… '
    return {lines, rest: `${more}cut (${formatBytes(bytes)} in all)`}
  }
  if (hidden <= 0) return {lines, rest: undefined}
  return {lines, rest: `… ${hidden} more line${hidden === 1 ? '' : 's'} (${formatBytes(bytes)})`}
}

/** Colours make a line's columns hard to count: such a line is cut without them. */
function cutLine(line: string, {maxColumns, colour}: FoldOptions): string {
  if (!colour || !line.includes('\x1b')) return cutToWidth(line, maxColumns)
  const plain = makeSafe(line, false)
  const cut = cutToWidth(plain, maxColumns)
  return cut === plain ? `${line}${RESET}` : cut
}

function countLines(text: string): number {
  const trimmed = text.trimEnd()
  if (trimmed === '') return 0
  let count = 1
  for (let at = trimmed.indexOf('\n'); at >= 0; at = trimmed.indexOf('\n', at + 1)) count++
  return count
}
