import {makeSafe, RESET, safeLength} from '../safe-text.js'

/** A line that nobody ends is passed on in pieces of this many characters. */
const MAX_HELD = 64 * 1024

export interface FlowOptions {
  colour: boolean
  /** Passes on complete lines only, for a pipe; a terminal gets the text as it comes. */
  wholeLines: boolean
  /** In front of every line but the first. */
  indent: string
}

/**
 * One text that comes in chunks. Takes a chunk, gives what can be shown of it. Blank lines around
 * the text are left out, and the terminal wraps it.
 */
export class FlowingText {
  readonly #options: FlowOptions
  /** Not judged or not complete yet. */
  #held = ''
  /** Newlines that count only if more text follows. */
  #newlines = 0
  #begun = false
  #lineOpen = true
  #coloured = false

  constructor(options: FlowOptions) {
    this.#options = options
  }

  /** Ends the line in the middle of the text, because something else is to be written there. */
  breakLine(): string {
    if (!this.#lineOpen) return ''
    this.#lineOpen = false
    return '\n'
  }

  push(chunk: string): string {
    this.#held += chunk
    let length = safeLength(this.#held)
    if (this.#options.wholeLines && this.#held.length < MAX_HELD) {
      length = this.#held.lastIndexOf('\n', length - 1) + 1
    }
    const ready = this.#held.slice(0, length)
    this.#held = this.#held.slice(length)
    return this.#show(ready)
  }

  /** The rest, and the end of the line. */
  end(): string {
    const rest = this.#show(this.#held)
    this.#held = ''
    const reset = this.#coloured ? RESET : ''
    return this.#lineOpen ? `${rest}${reset}\n` : `${rest}${reset}`
  }

  #show(raw: string): string {
    const {colour, indent} = this.#options
    let text = makeSafe(raw, colour)
    if (!this.#begun) text = text.replace(/^\s*\n/, '').replace(/^[ \t]+(?=\S)/, '')
    if (text.trim() === '' && !this.#begun) return ''
    this.#begun = true
    this.#coloured ||= text.includes('\x1b')
    const body = text.replace(/\n+$/, '')
    const trailing = text.length - body.length
    if (body === '') {
      this.#newlines += trailing
      return this.#closeLine()
    }
    const lead = this.#breakLines()
    this.#lineOpen = true
    this.#newlines = trailing
    return lead + body.replace(/\n(?=[^\n])/g, `\n${indent}`) + this.#closeLine()
  }

  /** The first newline ends the line at once; further ones wait for more text. */
  #closeLine(): string {
    if (!this.#lineOpen || this.#newlines === 0) return ''
    this.#lineOpen = false
    this.#newlines--
    return '\n'
  }

  #breakLines(): string {
    const breaks = '\n'.repeat(this.#newlines)
    return this.#lineOpen ? breaks : breaks + this.#options.indent
  }
}
