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
    fitted = {
      ...fitted,
      [field]:
        field === 'input' ? cutInput(value as JsonObject, maxBytes) : cutText(text, maxBytes),
      truncated: true,
      bytes_total: Math.max(fitted.bytes_total ?? 0, bytes),
    }
  }
  return fitted
}

/**
 * An input must stay an object: keeps the short fields whole and the head of each long one, so that
 * a reader still sees the command or the path that the call was about. The limit holds for what is
 * sent, names and escapes included.
 */
function cutInput(input: JsonObject, maxBytes: number): JsonObject {
  const entries = Object.entries(input).filter(([, value]) => value !== undefined)
  const sizes = entries.map(entrySize)
  let left = maxBytes - BRACES
  const share = Math.max(MIN_SHARE, fairShare(sizes, left))
  const cut = new Map<string, unknown>()
  for (const [index, entry] of entries.entries()) {
    if (left < MIN_ENTRY) break
    const isShort = (sizes[index] ?? 0) <= share
    const fitted = isShort ? entry : cutEntry(entry, Math.min(share, left))
    // Two long names may have the same head; the first of them stays.
    if (!fitted || cut.has(fitted[0])) continue
    const size = entrySize(fitted)
    if (size > left) continue
    cut.set(...fitted)
    left -= size
  }
  return Object.fromEntries(cut)
}

type Entry = [key: string, value: unknown]

/** Of a field too many to be shown with all others. */
const MIN_SHARE = 64
/** `"":1,` */
const MIN_ENTRY = 5
const BRACES = 2
const COLON_AND_COMMA = 2

/** With its colon and comma. */
const entrySize = ([key, value]: Entry): number => jsonSize(key) + jsonSize(value) + COLON_AND_COMMA

function jsonSize(value: unknown): number {
  const text = JSON.stringify(value)
  // Most texts are, and an input may have very many of them.
  return IS_ASCII.test(text) ? text.length : byteLength(text)
}

const IS_ASCII = /^[\0-\x7f]*$/

/** What each may have of the bytes when those that need less leave the rest to the others. */
function fairShare(sizes: readonly number[], bytes: number): number {
  let left = bytes
  let share = bytes
  for (const [index, size] of [...sizes].sort((a, b) => a - b).entries()) {
    share = Math.floor(left / (sizes.length - index))
    if (size > share) break
    left -= size
  }
  return share
}

/** Undefined when there is no room for it. */
function cutEntry([key, value]: Entry, bytes: number): Entry | undefined {
  const name = cutQuoted(key, Math.floor(bytes / 2))
  const room = bytes - COLON_AND_COMMA - jsonSize(name)
  if (room < MIN_SHARE / 4) return undefined
  if (jsonSize(value) <= room) return [name, value]
  return [name, cutQuoted(typeof value === 'string' ? value : JSON.stringify(value), room)]
}

/** The head of a text that has at most so many bytes as a string of JSON, cut between code points. */
function cutQuoted(text: string, maxBytes: number): string {
  let left = maxBytes - 2
  let end = 0
  for (const character of text) {
    left -= jsonBytes(character.codePointAt(0) ?? 0)
    if (left < 0) break
    end += character.length
  }
  return text.slice(0, end)
}

/** Bytes of a code point as JSON.stringify writes it within a string. */
function jsonBytes(point: number): number {
  if (point < 0x20) return SHORT_ESCAPES.includes(point) ? 2 : 6
  if (point === 0x22 || point === 0x5c) return 2
  if (point < 0x80) return 1
  if (point < 0x800) return 2
  if (point >= 0xd800 && point <= 0xdfff) return 6
  return point < 0x10000 ? 3 : 4
}

/** Backspace, tab, line feed, form feed and carriage return. */
const SHORT_ESCAPES: readonly number[] = [8, 9, 10, 12, 13]
