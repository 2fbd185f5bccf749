import {displayWidth, padToWidth} from './display-width.js'
import {toOneLine} from './safe-text.js'

/**
 * Rows as the original prints them: headings in upper case, two spaces between columns, no borders,
 * the last column unpadded (contract §4.4).
 */
export function formatTable(
  headings: readonly string[],
  rows: readonly (readonly (string | null | undefined)[])[],
): string {
  const cells = rows.map((row) => headings.map((_, index) => toOneLine(row[index] ?? '')))
  const lines = [headings, ...cells]
  const widths = headings.map((_, index) =>
    lines.reduce((widest, line) => Math.max(widest, displayWidth(line[index] ?? '')), 0),
  )
  const pad = (cell: string, index: number) =>
    index === headings.length - 1 ? cell : padToWidth(cell, widths[index] ?? 0)
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n')
}

/** The first eight characters of an id (contract §4.4). */
export const shortId = (id: string): string => [...id].slice(0, 8).join('')

/** A text of more than `most` characters, cut so that `...` still fits behind it (contract §4.4). */
export function shorten(text: string | null, most: number): string {
  const characters = [...toOneLine(text ?? '')]
  return characters.length > most
    ? `${characters.slice(0, most - 3).join('')}...`
    : characters.join('')
}
