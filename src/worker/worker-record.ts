import {open, readFile, rename, rm, writeFile} from 'node:fs/promises'
import {AppError} from '../errors.js'
import {processStartTime} from '../process-tree/process-table.js'
import type {TaskFolder} from '../task-folder/task-folder.js'
import type {WorkerRecord} from '../task-folder/task-spec.js'

/** `worker.json`: what the daemon reads to find this worker again. Written whole or not at all. */
export class RecordFile {
  readonly #path: string
  #record: WorkerRecord
  #writing: Promise<void> | undefined
  #dirty = false

  private constructor(path: string, record: WorkerRecord) {
    this.#path = path
    this.#record = record
  }

  static async create(folder: TaskFolder, acked: number): Promise<RecordFile> {
    const file = new RecordFile(folder.worker, {
      pid: process.pid,
      pid_start: (await processStartTime(process.pid)) ?? '',
      phase: 'preparing',
      last_seq: acked,
      acked_seq: acked,
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
    this.#dirty = true
    this.#writing ??= this.#drain()
  }

  /** Changes the record and waits until it is written. */
  async save(change: Partial<WorkerRecord> = {}): Promise<void> {
    this.change(change)
    await this.#writing
  }

  async #drain(): Promise<void> {
    while (this.#dirty) {
      this.#dirty = false
      const draft = `${this.#path}.new`
      await writeFile(draft, `${JSON.stringify(this.#record)}\n`, {mode: 0o600}).then(
        () => rename(draft, this.#path),
        () => undefined,
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

/**
 * Makes sure that one worker at a time works on a task. The lock names its holder, and a dead
 * holder's lock is taken over at once.
 * @returns a function that releases the lock
 * @throws AppError `conflict` when another worker lives
 */
export async function lockTask(folder: TaskFolder): Promise<() => Promise<void>> {
  const start = (await processStartTime(process.pid)) ?? ''
  for (let tries = 0; tries < 5; tries++) {
    try {
      const file = await open(folder.lock, 'wx', 0o600)
      await file.writeFile(`${process.pid} ${start}\n`)
      await file.close()
      return () => rm(folder.lock, {force: true})
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const [pid = '', ...rest] = (await readFile(folder.lock, 'utf8').catch(() => ''))
      .trim()
      .split(' ')
    const alive = pid !== '' && (await processStartTime(Number(pid))) === rest.join(' ')
    if (alive) throw new AppError('conflict', `worker ${pid} is at work on this task`)
    await rm(folder.lock, {force: true})
  }
  throw new AppError('conflict', 'the lock of this task cannot be taken')
}
