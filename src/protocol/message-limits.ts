import {MAX_FIELD_BYTES, MAX_LIVE_FIELD_BYTES} from './limits.js'
import type {JsonObject} from './primitives.js'
import type {TaskMessage} from './task-message.js'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** UTF-8 bytes of a text. */
export function byteLength(text: string): number {
  return encoder.encode(text).length
}

/**
 * Replaces what a database cannot hold: NUL and lone surrogates become U+FFFD (stream §2).
 * Both databases get the same text.
 */
export function cleanText(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed()
  return whole.includes('\0') ? whole.replaceAll('\0', '\uFFFD') : whole
}

/** `cleanText` for every string and key of a JSON value; one that is clean is returned as it is. */
export function cleanJson<T>(value: T): T {
  return isClean(value) ? value : cleaned(value)
}

function cleaned<T>(value: T): T {
  if (typeof value === 'string') return cleanText(value) as T
  if (Array.isArray(value)) return value.map(cleaned) as T
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [cleanText(key), cleaned(item)]),
    ) as T
  }
  return value
}

function isClean(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0')
  if (value === null || typeof value !== 'object') return true
  if (Array.isArray(value)) return value.every(isClean)
  return Object.keys(value).every(
    (key) => isClean(key) && isClean((value as Record<string, unknown>)[key]),
  )
}

/** The first `maxBytes` bytes of a text, cut between code points. */
export function cutText(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes) return text
  const bytes = encoder.encode(text)
  if (bytes.length <= maxBytes) return text
  let end = maxBytes
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return decoder.decode(bytes.subarray(0, end))
}

/**
 * A message that fits the limits of the store: cleaned, fields above 1 MiB cut on a code point and
 * marked with `truncated` and `bytes_total` (stream §2). One that fits is returned as it is.
 */
export function fitForStore(message: TaskMessage): TaskMessage {
  return cutFields(cleanJson(message), MAX_FIELD_BYTES, FIELDS)
}

/** A stored message as the live stream carries it: `output` and `input` of at most 8 KiB (stream §2). */
export function fitForLive(message: TaskMessage): TaskMessage {
  return cutFields(message, MAX_LIVE_FIELD_BYTES, ['output', 'input'])
}

/**
 * A message for a way that takes no message of this size: what is longest of it is cut to a half and
 * marked. Undefined when nothing is left to cut.
 */
export function halved(message: TaskMessage): TaskMessage | undefined {
  const sizes = FIELDS.map((field) => byteLength(textOf(message[field])))
  const half = Math.floor(Math.max(...sizes) / 2)
  return half < MIN_CUT_BYTES ? undefined : cutFields(message, half, FIELDS)
}

/** Shorter fields are not what a message is refused for. */
const MIN_CUT_BYTES = 1024
const FIELDS = ['content', 'output', 'input'] as const

const textOf = (value: unknown): string => {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function cutFields(
  message: TaskMessage,
  maxBytes: number,
  fields: ReadonlyArray<'content' | 'output' | 'input'>,
): TaskMessage {
  let fitted = message
  for (const field of fields) {
    const value = fitted[field]
    const text = textOf(value)
    if (text.length * 3 <= maxBytes) continue
    const bytes = byteLength(text)
    if (bytes <= maxBytes) continue
    const cut = cutText(text, maxBytes)
    fitted = {
      ...fitted,
      [field]: field === 'input' ? cutInput(value as JsonObject, cut) : cut,
      truncated: true,
      bytes_total: Math.max(fitted.bytes_total ?? 0, bytes),
    }
  }
  return fitted
}

/**
 * An input must stay an object: keeps the short fields whole and the head of each long one, so that
 * a reader still sees the command or the path that the call was about.
 */
function cutInput(input: JsonObject, serialised: string): JsonObject {
  const budget = Math.floor(byteLength(serialised) / 2)
  const entries = Object.entries(input)
  const share = Math.max(64, Math.floor(budget / Math.max(1, entries.length)) - 64)
  const cut: JsonObject = {}
  let left = budget
  for (const [key, value] of entries) {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    const size = byteLength(text) + byteLength(key)
    if (size > left && left < 64) break
    cut[key] = size <= share ? value : cutText(text, Math.min(share, left))
    left -= Math.min(size, share)
  }
  return cut
}
