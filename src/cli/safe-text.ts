// What an agent prints must not drive the reader's terminal: titles, clipboard, cursor and screen
// stay out of its reach. Colours (SGR) may pass.
const ESCAPES = [
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /\x1b\[[0-9:;<=>?]*[ -/]*[@-~]/, // control sequence
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)/, // title, clipboard, device strings
  /\x9b[0-9:;<=>?]*[ -/]*[@-~]/, // control sequence, eight bits
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /\x1b[ -/]*[0-~]/, // everything shorter
]
const ESCAPE = new RegExp(ESCAPES.map(({source}) => source).join('|'), 'g')
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const COLOUR = /^\x1b\[[0-9:;]*m$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROL = /[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const LONE_ESCAPE = /\x1b(?!\[[0-9:;]*m)/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const UNFINISHED = /\x1b(?:\[[0-9:;<=>?]*[ -/]*|[\]PX^_][^\x07\x1b\x9c]*\x1b?)?$/
/** An escape sequence that is still open after this many characters is none. */
const MAX_UNFINISHED = 256

export const RESET = '\x1b[0m'

/**
 * Text that a terminal shows and does not obey: escape sequences go, other control characters become
 * visible signs, a lone carriage return becomes a new line.
 * @param colour keeps colours; the caller writes RESET behind the text
 */
export function makeSafe(text: string, colour: boolean): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(ESCAPE, (sequence) => (colour && COLOUR.test(sequence) ? sequence : ''))
    .replace(CONTROL, visible)
    .replace(LONE_ESCAPE, '␛')
}

function visible(control: string): string {
  const code = control.charCodeAt(0)
  if (code === 0x7f) return '␡'
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : ''
}

/** The length of what can be judged now: an escape sequence may be cut between two chunks. */
export function safeLength(text: string): number {
  const start = text.slice(-MAX_UNFINISHED).search(UNFINISHED)
  if (start >= 0) return Math.max(0, text.length - MAX_UNFINISHED) + start
  return text.endsWith('\r') ? text.length - 1 : text.length
}

/** A text for one cell or one line: no escapes, no colours, blanks joined. */
export function toOneLine(text: string): string {
  return makeSafe(text, false).replace(/\s+/g, ' ').trim()
}
