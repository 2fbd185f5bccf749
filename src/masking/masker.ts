import {mayHaveSecret} from './find-secrets.js'
import {type MaskedStream, openStream} from './masked-stream.js'

export type {MaskedStream} from './masked-stream.js'

/** Takes secrets out of texts (design §4.9). */
export interface Masker {
  mask(text: string): string
  /** Every string of a JSON value, and the values of members whose name says that they are secret. */
  maskJson<T>(value: T): T
  /** For a text that comes in pieces. */
  open(): MaskedStream
}

export interface MaskerOptions {
  /** Values that are secret whatever they look like, such as those of the agent's environment. */
  secrets?: readonly string[]
}

export function createMasker({secrets = []}: MaskerOptions = {}): Masker {
  const literals = literalsOf(secrets)
  const open = () => openStream(literals)
  const mask = (text: string) => {
    if (!mayHaveSecret(text, literals)) return text
    const stream = open()
    return stream.push(text) + stream.flush()
  }
  return {mask, open, maskJson: (value) => maskValue(value, mask, 0)}
}

/** A value as it is, as a part of JSON and as a part of a URL. */
function literalsOf(secrets: readonly string[]): string[] {
  const forms = secrets.flatMap((secret) => [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret.toWellFormed()),
  ])
  return [...new Set(forms)].filter((form) => form !== '')
}

const MAX_DEPTH = 64
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
      SECRET_MEMBER.test(key) ? hideStrings(item, mask, depth) : maskValue(item, mask, depth + 1),
    ]),
  ) as T
}

/** The value of a secret member: a text, or a list of them. */
function hideStrings(value: unknown, mask: (text: string) => string, depth: number): unknown {
  if (typeof value === 'string' && value !== '') return '[masked:password]'
  if (Array.isArray(value)) return value.map((item) => hideStrings(item, mask, depth + 1))
  return maskValue(value, mask, depth + 1)
}
