import {readdir, stat} from 'node:fs/promises'
import {join} from 'node:path'
import type {UsageEntry} from '../protocol/usage.js'
import {readLines} from './log-lines.js'
import type {LogReader, LogRecord} from './log-record.js'

export interface LogScannerOptions {
  provider: string
  /** Folders whose logs are read, with everything below them. */
  roots: readonly string[]
  createReader: () => LogReader
  onUnreadable?: (path: string, error: unknown) => void
}

interface LogFile {
  size: number
  mtimeMs: number
  /** Up to where it has been read. */
  offset: number
  reader: LogReader
  records: Map<string, LogRecord>
}

const MAX_DEPTH = 8

/**
 * The daily totals of what an agent has used on this machine, from its own logs. Only what has grown is
 * read, and only files that may hold something of the days that are wanted.
 */
export class LogScanner {
  readonly #options: LogScannerOptions
  readonly #files = new Map<string, LogFile>()

  constructor(options: LogScannerOptions) {
    this.#options = options
  }

  /**
   * @param since first day that is wanted, `YYYY-MM-DD` in UTC
   * @returns the totals since then; undefined when nothing has changed since the last time
   */
  async scan(since: string, signal: AbortSignal): Promise<UsageEntry[] | undefined> {
    const earliest = Date.parse(since)
    let changed = false
    const present = new Set<string>()
    for (const root of this.#options.roots) {
      for await (const path of logsBelow(root, 0)) {
        signal.throwIfAborted()
        const found = await stat(path).catch(() => undefined)
        if (!found || found.mtimeMs < earliest) continue
        present.add(path)
        // A log that cannot be read hides no other.
        const isNew = await this.#read(path, found, signal).catch((error: unknown) => {
          signal.throwIfAborted()
          this.#options.onUnreadable?.(path, error)
          return false
        })
        if (isNew) changed = true
      }
    }
    for (const path of this.#files.keys()) if (!present.has(path)) this.#files.delete(path)
    return changed ? this.#totals(since) : undefined
  }

  /** @returns whether there was something new */
  async #read(
    path: string,
    {size, mtimeMs}: {size: number; mtimeMs: number},
    signal: AbortSignal,
  ): Promise<boolean> {
    let file = this.#files.get(path)
    if (file?.size === size && file.mtimeMs === mtimeMs) return false
    // A file that has become shorter is another one.
    if (!file || size < file.offset) {
      const reader = this.#options.createReader()
      file = {size: 0, mtimeMs: 0, offset: 0, reader, records: new Map()}
      this.#files.set(path, file)
    }
    const {reader, records} = file
    const take = (line: string) => {
      const record = reader.read(line)
      if (!record) return
      records.delete(record.key)
      records.set(record.key, record)
    }
    file.offset = await readLines(path, file.offset, take, signal)
    Object.assign(file, {size, mtimeMs})
    return true
  }

  #totals(since: string): UsageEntry[] {
    const answers = new Map<string, LogRecord>()
    const files = [...this.#files.values()].sort((a, b) => a.mtimeMs - b.mtimeMs)
    for (const {records} of files) {
      for (const [key, record] of records) answers.set(key, record)
    }
    const totals = new Map<string, UsageEntry>()
    for (const {date, model, input, output, cacheRead, cacheWrite} of answers.values()) {
      if (date < since) continue
      const key = `${date} ${model}`
      const total = totals.get(key) ?? this.#nothing(date, model)
      totals.set(key, total)
      total.input_tokens += input
      total.output_tokens += output
      total.cache_read_tokens += cacheRead
      total.cache_write_tokens += cacheWrite
    }
    return [...totals.values()].sort((a, b) => (a.date < b.date ? -1 : 1))
  }

  #nothing(date: string, model: string): UsageEntry {
    return {
      date,
      provider: this.#options.provider,
      model: model.slice(0, 200),
      input_tokens: 0,
      output_tokens: 0,
      cache_read_tokens: 0,
      cache_write_tokens: 0,
    }
  }
}

/** Links are not followed. */
async function* logsBelow(folder: string, depth: number): AsyncGenerator<string> {
  const entries = await readdir(folder, {withFileTypes: true}).catch(() => [])
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isFile() && entry.name.endsWith('.jsonl')) yield path
    else if (entry.isDirectory() && depth < MAX_DEPTH) yield* logsBelow(path, depth + 1)
  }
}
