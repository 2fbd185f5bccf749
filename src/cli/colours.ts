const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  italic: [3, 23],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const

export type Colour = keyof typeof CODES

/** Wraps a text in a colour, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string

export function createPaint(enabled: boolean): Paint {
  if (!enabled) return (_, text) => text
  return (colour, text) => {
    const [on, off] = CODES[colour]
    return text === '' ? '' : `\x1b[${on}m${text}\x1b[${off}m`
  }
}
