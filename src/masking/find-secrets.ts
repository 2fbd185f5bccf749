import {RULES, SECRET_MARK} from './rules.js'

/** A secret in a text. */
export interface Range {
  start: number
  end: number
  kind: string
}

/**
 * All secrets of a text in order; those that overlap are one.
 * @param literals values that are secret whatever they look like
 */
export function findSecrets(text: string, literals: readonly string[]): Range[] {
  const found: Range[] = []
  for (const literal of literals) {
    for (let at = text.indexOf(literal); at >= 0; at = text.indexOf(literal, at + 1)) {
      found.push({start: at, end: at + literal.length, kind: 'environment'})
    }
  }
  for (const {kind, pattern, accept} of RULES) {
    for (const {index, groups} of text.matchAll(pattern)) {
      const {before = '', secret = ''} = groups ?? {}
      if (accept?.(secret) === false) continue
      const start = index + before.length
      found.push({start, end: start + secret.length, kind})
    }
  }
  found.sort((a, b) => a.start - b.start || b.end - a.end)
  return found.reduce<Range[]>((merged, range) => {
    const last = merged.at(-1)
    if (last && range.start < last.end) last.end = Math.max(last.end, range.end)
    else merged.push(range)
    return merged
  }, [])
}

/** Where at the end of a text a secret may have begun that goes on; its length when none may. */
export function openSecret(text: string, literals: readonly string[]): number {
  let first = text.length
  for (const {open} of RULES) {
    const match = open.exec(text)
    if (match) first = Math.min(first, match.index + (match.groups?.before?.length ?? 0))
  }
  for (const literal of literals) first = Math.min(first, openLiteral(text, literal))
  return first
}

function openLiteral(text: string, literal: string): number {
  const letter = literal.charAt(0)
  const from = Math.max(0, text.length - literal.length + 1)
  for (let at = text.indexOf(letter, from); at >= 0; at = text.indexOf(letter, at + 1)) {
    if (literal.startsWith(text.slice(at))) return at
  }
  return text.length
}

/** False: a text that is whole has no secret in it. */
export const mayHaveSecret = (text: string, literals: readonly string[]): boolean =>
  SECRET_MARK.test(text) || literals.some((literal) => text.includes(literal))
