import {RULES} from './rules.js'

/** Takes secrets out of texts (design §4.9). */
export interface Masker {
  mask(text: string): string
  /** Every string of a JSON value, and the values of members whose name says that they are secret. */
  maskJson<T>(value: T): T
  /** For a text that comes in pieces. */
  open(): MaskedStream
}

/** A text in pieces: what might be the start of a secret waits for the next piece. */
export interface MaskedStream {
  /** @returns what is safe to show now */
  push(piece: string): string
  /**
   * The speaker pauses. @returns what was held back and cannot become a secret whatever comes next;
   * an ordinary word does not wait for the one after it
   */
  settle(): string
  /** @returns what was held back */
  flush(): string
}

/** Longest text that is held back while it could still become a secret. */
const MAX_HELD = 8 * 1024
const MAX_DEPTH = 64

export interface MaskerOptions {
  /** Values that are secret whatever they look like, such as those of the agent's environment. */
  secrets?: readonly string[]
}

export function createMasker({secrets = []}: MaskerOptions = {}): Masker {
  const literals = [...new Set(secrets)]
  const find = (text: string) => findSecrets(text, literals)
  const mask = (text: string) => replace(text, find(text))
  return {
    mask,
    maskJson: (value) => maskValue(value, mask, 0),
    open: () => createStream(find, literals),
  }
}

/** A secret in a text. */
interface Range {
  start: number
  end: number
  kind: string
}

/** All secrets of a text in order; those that overlap are one. */
function findSecrets(text: string, literals: readonly string[]): Range[] {
  const found: Range[] = []
  for (const literal of literals) {
    for (let at = text.indexOf(literal); at >= 0; at = text.indexOf(literal, at + 1)) {
      found.push({start: at, end: at + literal.length, kind: 'environment'})
    }
  }
  for (const {kind, pattern, accept} of RULES) {
    for (const match of text.matchAll(pattern)) {
      const secret = match.groups?.secret ?? match.groups?.secret2 ?? match[0]
      if (accept?.(secret) === false) continue
      const start = match.index + match[0].lastIndexOf(secret)
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

function replace(text: string, ranges: readonly Range[]): string {
  let masked = ''
  let from = 0
  for (const {start, end, kind} of ranges) {
    masked += `${text.slice(from, start)}[masked:${kind}]`
    from = end
  }
  return from === 0 ? text : masked + text.slice(from)
}

const SECRET_MEMBER =
  /(?:^|[_.-])(?:password|passwd|passphrase|secret|api_?key|access_?key|private_?key|authorization|credentials?)$|(?:access|auth|refresh|api|bearer|session|bot)[_-]?token$/i

function maskValue<T>(value: T, mask: (text: string) => string, depth: number): T {
  if (typeof value === 'string') return mask(value) as T
  if (value === null || typeof value !== 'object') return value
  if (depth > MAX_DEPTH) return '[masked:too-deep]' as T
  if (Array.isArray(value)) return value.map((item) => maskValue(item, mask, depth + 1)) as T
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      mask(key),
      typeof item === 'string' && item !== '' && SECRET_MEMBER.test(key)
        ? '[masked:password]'
        : maskValue(item, mask, depth + 1),
    ]),
  ) as T
}

/** What may be the beginning of a secret at the end of a text: a word that goes on, with the name in front of it. */
const OPEN_END =
  /(?:\\?["']?[\w.-]*(?:pass|pwd|secret|token|key|credential)[\w.-]*\\?["']?\s{0,4}[:=]?\s{0,4}|\bauthorization["']?\s{0,4}[:=]?\s{0,4}["']?|\b(?:bearer|basic)\s{0,4}){0,3}\S*$/i
/** The first line of a private key, as far as it has come. */
const OPEN_HEADER = /-{1,5}(?:B[A-Z0-9 ]{0,60}-{0,5})?$/
const KEY_BEGIN = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/g
const KEY_END = /-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/

function createStream(find: (text: string) => Range[], literals: readonly string[]): MaskedStream {
  let held = ''
  let insideKey = false
  /** Shows the text up to a place, or up to the secret in which that place lies. */
  const take = (wanted: number): string => {
    const ranges = find(held)
    const count = ranges.find(({start, end}) => start < wanted && wanted < end)?.start ?? wanted
    const safe = replace(
      held.slice(0, count),
      ranges.filter(({end}) => end <= count),
    )
    held = held.slice(count)
    return safe
  }
  return {
    push(piece) {
      held += piece
      if (insideKey) {
        const end = KEY_END.exec(held)
        // The mark was shown when the block grew too long; only a possible start of its end is kept.
        held = end ? held.slice(end.index + end[0].length) : held.slice(-100)
        if (!end) return ''
        insideKey = false
      }
      const key = openKey(held)
      if (held.length - key > MAX_HELD) {
        insideKey = true
        const safe = take(held.length)
        return safe
      }
      const from = Math.min(openEnd(held), key, openLiteral(held, literals))
      return take(Math.max(from, held.length - MAX_HELD))
    },
    settle() {
      if (insideKey || openLiteral(held, literals) < held.length || openKey(held) < held.length)
        return ''
      return mayBecomeSecret(held) ? '' : take(held.length)
    },
    flush: () => {
      const last = insideKey ? '' : take(held.length)
      held = ''
      return last
    },
  }
}

/** First letters of the forms that carry their kind in them (rules.ts). */
const FIRST_LETTERS = [
  ...[
    'mul_',
    'mult_',
    'ghp_',
    'gho_',
    'ghu_',
    'ghs_',
    'ghr_',
    'github_pat_',
    'AKIA',
    'ASIA',
    'ABIA',
  ],
  ...[
    'ACCA',
    'xox',
    'xapp-',
    'AIza',
    'ya29.',
    'sk_',
    'rk_',
    'pk_',
    'whsec_',
    'sk-',
    'npm_',
    'pypi-',
  ],
  ...['hf_', 'SG.', 'dop_', 'doo_', 'dor_', 'eyJ', 'glpat-', 'glrt-', 'gldt-', 'glcbt-', 'glptt-'],
]
/** A name or a mark behind which a secret comes. */
const SECRET_AHEAD =
  /pass|pwd|secret|token|key|credential|authorization|bearer|basic|[:=@]|\/\/|-----|^\d/i

function mayBecomeSecret(held: string): boolean {
  if (SECRET_AHEAD.test(held)) return true
  const word = /[A-Za-z0-9_.-]*$/.exec(held)?.[0] ?? ''
  if (word === '') return false
  return FIRST_LETTERS.some((first) => first.startsWith(word) || word.startsWith(first))
}

/** Where a private key has begun that has not ended. */
function openKey(text: string): number {
  const begun = [...text.matchAll(KEY_BEGIN)].at(-1)
  return begun && !KEY_END.test(text.slice(begun.index)) ? begun.index : text.length
}

function openEnd(text: string): number {
  // Looking at the end is enough, and keeps a long text cheap.
  const offset = Math.max(0, text.length - MAX_HELD)
  const tail = text.slice(offset)
  const places = [tail.search(OPEN_END), tail.search(OPEN_HEADER)].filter((at) => at >= 0)
  return offset + Math.min(tail.length, ...places)
}

/** Where a literal secret may have begun that goes on in the next piece. */
function openLiteral(text: string, literals: readonly string[]): number {
  let first = text.length
  for (const literal of literals) {
    const longest = Math.min(literal.length - 1, text.length)
    for (let length = longest; length > 0; length--) {
      if (text.length - length >= first) break
      if (text.endsWith(literal.slice(0, length))) {
        first = text.length - length
        break
      }
    }
  }
  return first
}
