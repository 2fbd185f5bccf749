import {readFile} from 'node:fs/promises'
import {waitForRoom} from '../full-disk.js'
import {processStartTime} from '../process-tree/process-table.js'
import {replaceFile} from '../replace-file.js'
import type {TaskFolder} from '../task-folder/task-folder.js'
import type {WorkerRecord} from '../task-folder/task-spec.js'

const SOON_MS = 250

/** `worker.json`: what the daemon reads to find this worker again. Written whole or not at all. */
export class RecordFile {
  readonly #path: string
  #record: WorkerRecord
  #writing: Promise<void> | undefined
  #dirty = false
  #timer: NodeJS.Timeout | undefined
  #isClosed = false
  /** Why the last write has failed. */
  #failure: unknown

  private constructor(path: string, record: WorkerRecord) {
    this.#path = path
    this.#record = record
  }

  /** @param earlier what a worker before this one has left */
  static async create(
    folder: TaskFolder,
    acked: number,
    earlier?: Partial<WorkerRecord>,
  ): Promise<RecordFile> {
    const file = new RecordFile(folder.worker, {
      // Who takes over and dies over it must not make a begun run look as if it had not begun.
      ...earlier,
      pid: process.pid,
      pid_start: (await processStartTime(process.pid)) ?? '',
      phase: earlier?.phase ?? 'preparing',
      last_seq: acked,
      acked_seq: acked,
      acked_at: earlier?.acked_at ?? null,
      waiting_since: earlier?.waiting_since ?? null,
      lost: earlier?.lost ?? 0,
    })
    await file.save()
    return file
  }

  get value(): Readonly<WorkerRecord> {
    return this.#record
  }

  /** Changes the record and writes it soon; several changes share one write. */
  change(change: Partial<WorkerRecord>): void {
    this.#record = {...this.#record, ...change}
    if (this.#isClosed) return
    this.#dirty = true
    this.#writing ??= this.#drain()
  }

  /** For what changes with every message: written four times a second at most. */
  changeSoon(change: Partial<WorkerRecord>): void {
    this.#record = {...this.#record, ...change}
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.change({})
    }, SOON_MS)
    this.#timer.unref()
  }

  /** Changes the record and waits until it is written. */
  async save(change: Partial<WorkerRecord> = {}): Promise<void> {
    this.change(change)
    await this.#writing
  }

  /**
   * Changes the record and waits until the disk has it, also for room on a full one.
   * @throws when it does not take it
   */
  async commit(change: Partial<WorkerRecord>): Promise<void> {
    await waitForRoom(async () => {
      await this.save(change)
      if (this.#failure) throw this.#failure
    })
  }

  /** Writes the last state. Nothing is written after that: the process ends, and would leave half a file. */
  async close(change: Partial<WorkerRecord>): Promise<void> {
    await this.save(change)
    clearTimeout(this.#timer)
    this.#isClosed = true
    await this.#writing
  }

  async #drain(): Promise<void> {
    while (this.#dirty) {
      this.#dirty = false
      this.#failure = await replaceFile(this.#path, `${JSON.stringify(this.#record)}\n`).then(
        () => undefined,
        (error: unknown) => error,
      )
    }
    this.#writing = undefined
  }
}

/** The record of an earlier worker on this task. */
export async function readRecord(folder: TaskFolder): Promise<WorkerRecord | undefined> {
  try {
    return JSON.parse(await readFile(folder.worker, 'utf8')) as WorkerRecord
  } catch {
    return undefined
  }
}
