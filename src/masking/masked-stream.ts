import {findSecrets, openSecret} from './find-secrets.js'
import {KeyBlock, keyBegin, openKeyBegin} from './private-key.js'

/** A text in pieces: only what may be a part of a secret waits for the next piece. */
export interface MaskedStream {
  /** @returns what is safe to show now */
  push(piece: string): string
  /** @returns what was held back; the text is over */
  flush(): string
}

/** Longest text that is held back while it could still become a secret. */
const MAX_HELD = 8 * 1024
/** Text that has been shown and says what the text behind it is; longer than what stands before a secret. */
const CONTEXT = 512
const KEY_MARK = '[masked:private-key]'
/** Ends a secret that is longer than what is held back. */
const SECRET_END = /[\s"'`<>]/

/**
 * Masks a text piece by piece. The last of what was shown is kept, because a secret is known by what
 * stands in front of it: `password=` may be shown before its value comes, and the value still is masked.
 * @param literals values that are secret whatever they look like
 */
export function openStream(literals: readonly string[]): MaskedStream {
  const longest = literals.reduce((most, {length}) => Math.max(most, length), MAX_HELD)
  let text = ''
  /** How much of the text has been shown. */
  let shown = 0
  let key: KeyBlock | undefined
  let insideLong = false

  /** Shows the text up to a place, or up to the secret in which that place lies. */
  const show = (wanted: number, force: boolean): string => {
    const ranges = findSecrets(text, literals)
    const cut = ranges.find(({start, end}) => start < wanted && wanted < end)
    const to = cut && !force ? Math.max(shown, cut.start) : wanted
    let safe = ''
    for (const {start, end, kind} of ranges) {
      if (end <= shown || end > to) continue
      safe += `${text.slice(shown, Math.max(shown, start))}[masked:${kind}]`
      shown = end
    }
    safe += text.slice(shown, to)
    const kept = contextStart(text, to)
    text = text.slice(kept)
    shown = to - kept
    if (force) insideLong = ranges.at(-1)?.end === to
    return safe
  }

  const forget = (rest: string) => {
    text = rest
    shown = 0
  }

  const advance = (last: boolean): string => {
    const begin = keyBegin(text)
    if (begin < 0) {
      if (last) return show(text.length, false)
      const from = Math.min(openSecret(text, literals), openKeyBegin(text))
      const tooLong = text.length - Math.max(from, shown) > longest
      return show(tooLong ? text.length : Math.max(shown, from), tooLong)
    }
    const rest = text.slice(begin)
    text = text.slice(0, begin)
    const safe = show(begin, false) + KEY_MARK
    forget('')
    key = new KeyBlock()
    return safe + pushKey(rest, last)
  }

  const pushKey = (piece: string, last: boolean): string => {
    const rest = key?.push(piece, last)
    if (rest === undefined) return ''
    key = undefined
    forget(rest)
    return advance(last)
  }

  const push = (piece: string, last: boolean): string => {
    if (key) return pushKey(piece, last)
    let rest = piece
    if (insideLong) {
      const end = piece.search(SECRET_END)
      if (end < 0) return ''
      insideLong = false
      rest = piece.slice(end)
    }
    text += rest
    return advance(last)
  }

  return {push: (piece) => push(piece, false), flush: () => push('', true)}
}

/** Where the context of a place begins: two lines are enough, since names and values stand together. */
function contextStart(text: string, place: number): number {
  const line = text.lastIndexOf('\n', place - 1)
  const before = line > 0 ? text.lastIndexOf('\n', line - 1) : -1
  return Math.max(0, before, place - CONTEXT)
}
