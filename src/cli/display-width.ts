const segmenter = new Intl.Segmenter(undefined, {granularity: 'grapheme'})
/** Everything that a terminal shows in one column: by far the most common text. */
const PLAIN = /^[\x20-\x7e\u00a0-\u02ff]*$/
const EMOJI = /\p{Emoji_Presentation}|\ufe0f|\p{Regional_Indicator}{2}/u
const INVISIBLE = /^[\p{Mark}\p{Control}\p{Format}]*$/u
/** Scripts and signs of double width: Hangul, CJK, kana, full-width forms. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]/u

/** Columns that a text without control characters takes in a terminal. */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length
  let width = 0
  for (const {segment} of segmenter.segment(text)) width += widthOf(segment)
  return width
}

function widthOf(grapheme: string): number {
  if (INVISIBLE.test(grapheme)) return 0
  return WIDE.test(grapheme) || EMOJI.test(grapheme) ? 2 : 1
}

/** The text with spaces behind it, up to a number of columns. */
export function padToWidth(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)))
}

/** The text, or its head with `…`, in at most `columns` columns; never cuts through a character (fault L5). */
export function cutToWidth(text: string, columns: number): string {
  // A character takes at least one unit: what lies far behind cannot matter.
  const near = text.length > columns * 16 ? text.slice(0, columns * 16) : text
  if (near.length === text.length && displayWidth(text) <= columns) return text
  let width = 0
  let kept = ''
  for (const {segment} of segmenter.segment(near)) {
    width += widthOf(segment)
    if (width > columns - 1) break
    kept += segment
  }
  return `${kept}…`
}
