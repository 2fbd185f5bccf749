import {type FileHandle, open} from 'node:fs/promises'
import {waitForRoom} from '../full-disk.js'
import type {CancelledBody, CompleteBody, FailBody} from '../protocol/task.js'
import type {TaskMessage} from '../protocol/task-message.js'

/** How a run ended, as it is reported to the server. */
export type RunEnd = (
  | {kind: 'complete'; body: CompleteBody}
  | {kind: 'fail'; body: FailBody}
  | {kind: 'cancelled'; body: CancelledBody}
) & {
  /** When, in milliseconds of this machine's clock; the journal knows. */
  at?: number
}

type Line = {m: TaskMessage} | {end: RunEnd}

const READ_BYTES = 1024 * 1024

/**
 * A task's append-only file (stream §3.3): one JSON object a line, messages in the order of their
 * numbers, then the end. Only offsets are kept in memory.
 */
export class Journal {
  readonly #path: string
  readonly #file: FileHandle
  /** Where the message with seq = index + 1 begins. */
  readonly #offsets: number[]
  #size: number
  /** How much of `#size` the system has. */
  #written: number
  #end: RunEnd | undefined
  #pending: Buffer[] = []
  #writing: Promise<void> | undefined
  #failure: JournalError | undefined
  /** Whole lines that could not be read and were cut off, with all that came after them. */
  readonly damaged: number

  private constructor(path: string, file: FileHandle, state: Scan) {
    this.damaged = state.damaged
    this.#path = path
    this.#file = file
    this.#offsets = state.offsets
    this.#size = state.size
    this.#written = state.size
    this.#end = state.end
  }

  /** Opens or makes the file. A last line that was torn by a crash is cut off. */
  static async open(path: string): Promise<Journal> {
    const file = await open(path, 'a+', 0o600)
    const state = await scan(file)
    await file.truncate(state.size)
    return new Journal(path, file, state)
  }

  /** The newest number; 0 when there is no message. */
  get lastSeq(): number {
    return this.#offsets.length
  }

  /** How the run ended, once that is recorded. */
  get end(): RunEnd | undefined {
    return this.#end
  }

  /**
   * Writes a message behind the last one; its seq must be the next. Resolves when the system has it.
   * @throws JournalError when the disk does not take it, now and ever after: what it has not taken is
   *   no longer counted in `lastSeq`
   */
  append(message: TaskMessage): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure)
    if (message.seq !== this.#offsets.length + 1) {
      throw new Error(`journal expects message ${this.#offsets.length + 1}, got ${message.seq}`)
    }
    this.#offsets.push(this.#size)
    return this.#write({m: message})
  }

  /** Writes the end and waits until it is on the disk: it must survive whatever comes. */
  async recordEnd(end: RunEnd): Promise<void> {
    this.#end = {...end, at: end.at ?? Date.now()}
    await this.#write({end: this.#end})
    await this.#file.datasync()
  }

  /** Messages from a number on, at most so many and so large; always at least one if there is one. */
  async read(fromSeq: number, maxCount: number, maxBytes: number): Promise<TaskMessage[]> {
    if (this.#endOf(fromSeq) > this.#written) await this.#writing?.catch(() => undefined)
    const first = this.#offsets[fromSeq - 1]
    if (first === undefined || this.#endOf(fromSeq) > this.#written) return []
    let last = fromSeq
    while (last - fromSeq + 1 < maxCount && last < this.#offsets.length) {
      const end = this.#endOf(last + 1)
      if (end - first > maxBytes || end > this.#written) break
      last++
    }
    const to = this.#endOf(last)
    const bytes = Buffer.alloc(to - first)
    await this.#file.read(bytes, 0, bytes.length, first)
    return bytes
      .toString('utf8')
      .split('\n')
      .filter(Boolean)
      .flatMap((line) => {
        const parsed = JSON.parse(line) as Line
        return 'm' in parsed ? [parsed.m] : []
      })
  }

  async close(): Promise<void> {
    await this.#writing?.catch(() => undefined)
    await this.#file.close()
  }

  #endOf(seq: number): number {
    return this.#offsets[seq] ?? this.#size
  }

  /** Lines that come while one write is under way go together with the next. */
  #write(line: Line): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure)
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`)
    this.#pending.push(bytes)
    this.#size += bytes.length
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }

  async #drain(): Promise<void> {
    try {
      // One turn of the loop gathers what is said in the same moment.
      await new Promise((resolve) => setImmediate(resolve))
      while (this.#pending.length > 0) await this.#put(Buffer.concat(this.#pending.splice(0)))
    } catch (error) {
      this.#failure = new JournalError(this.#path, error)
      while (this.#endOf(this.#offsets.length) > this.#written && this.#offsets.length > 0) {
        this.#size = this.#offsets.pop() as number
      }
      throw this.#failure
    }
  }

  /** Goes on where the system stopped: a full disk may have taken the half of a line. The agent waits with it. */
  async #put(bytes: Buffer): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const {bytesWritten} = await waitForRoom(() => this.#file.write(bytes, done))
      done += bytesWritten
      this.#written += bytesWritten
    }
  }
}

/** The disk does not take the transcript: the run cannot go on without losing what its agent says. */
export class JournalError extends Error {
  constructor(path: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(`the journal ${path} cannot be written (${why}); make room on that disk`, {cause})
    this.name = 'JournalError'
  }
}

interface Scan {
  offsets: number[]
  size: number
  end?: RunEnd | undefined
  damaged: number
}

/** Reads the file once and remembers where its messages begin. */
async function scan(file: FileHandle): Promise<Scan> {
  const offsets: number[] = []
  let end: RunEnd | undefined
  let size = 0
  let rest = Buffer.alloc(0)
  for (let position = 0; ; ) {
    const {bytesRead, buffer} = await file.read(Buffer.alloc(READ_BYTES), 0, READ_BYTES, position)
    if (bytesRead === 0) break
    position += bytesRead
    rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)])
    let start = 0
    for (let stop = rest.indexOf(10); stop >= 0; stop = rest.indexOf(10, start)) {
      const line = parseLine(rest.subarray(start, stop).toString('utf8'))
      if (!line) return {offsets, size, end, damaged: await countLines(file, size)}
      if ('m' in line) offsets.push(size)
      else end = line.end
      size += stop - start + 1
      start = stop + 1
    }
    rest = rest.subarray(start)
  }
  return {offsets, size, end, damaged: 0}
}

async function countLines(file: FileHandle, from: number): Promise<number> {
  let lines = 0
  for (let position = from; ; ) {
    const {bytesRead, buffer} = await file.read(Buffer.alloc(READ_BYTES), 0, READ_BYTES, position)
    if (bytesRead === 0) return lines
    position += bytesRead
    lines += buffer.subarray(0, bytesRead).filter((byte) => byte === 10).length
  }
}

function parseLine(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line
  } catch {
    return undefined
  }
}
