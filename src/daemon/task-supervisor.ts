import {setTimeout as delay} from 'node:timers/promises'
import type {Log} from '../log.js'
import type {Runtime} from '../protocol/runtime.js'
import type {ClaimedTask} from '../protocol/task.js'
import type {TaskFolder} from '../task-folder/task-folder.js'
import type {TaskSpec} from '../task-folder/task-spec.js'
import type {ProcessStart} from './lock.js'
import type {Slot, Slots} from './slots.js'
import {describeTask, type SupervisedTask} from './supervised-task.js'
import {createTaskFolder, isDone, listTaskFolders, readTaskSpec} from './task-store.js'
import {findWorker, isAlive, readWorkerRecord, type WorkerHandle} from './worker-process.js'

export interface SupervisorOptions {
  stateDir: string
  slots: Slots
  /** @throws when the task's agent is not installed here */
  buildSpec(task: ClaimedTask, runtime: Runtime): TaskSpec | Promise<TaskSpec>
  /** Starts a worker, or its recovery, on a folder that has a spec. */
  startWorker(folder: TaskFolder): Promise<WorkerHandle & {exited?: Promise<unknown>}>
  processStart: ProcessStart
  /** Tells the server that a task has failed and marks its folder as done; tries until it is taken. */
  failTask(failure: TaskFailure, signal: AbortSignal): Promise<void>
  /** A task has ended here, so there may be room for another one. */
  onEnd(runtimeId: string): void
  /** Pause before the second recovery and later ones. */
  recoveryPauseMs?(attempt: number): number
  log: Log
}

export interface TaskFailure {
  task: ClaimedTask
  folder: TaskFolder | undefined
  reason: 'start_error' | 'worker_lost'
  error: string
}

/** A worker that dies this often is beyond help: the task fails. */
const MAX_RECOVERIES = 5
const WATCH_MS = 1000
/** Time for a fenced worker to end its agent. */
const FENCED_MS = 15_000

interface Entry {
  spec: TaskSpec
  folder: TaskFolder
  worker: (WorkerHandle & {exited?: Promise<unknown>}) | undefined
  recoveries: number
  /** The server has handed the task out again. */
  fenced?: boolean
}

/**
 * Owns the tasks of this machine from claim to acknowledged end: starts their workers, finds living
 * ones again after a restart, and starts a recovery where one has died (faults B1, B4).
 */
export class TaskSupervisor {
  readonly #options: SupervisorOptions
  readonly #stop = new AbortController()
  readonly #entries = new Map<string, Entry>()
  readonly #jobs = new Set<Promise<void>>()
  #lost = 0

  constructor(options: SupervisorOptions) {
    this.#options = options
  }

  /** Takes up every folder that is not done: living workers are watched, dead ones recovered. */
  async adopt(): Promise<void> {
    const {stateDir, processStart, slots, log} = this.#options
    for (const folder of await listTaskFolders(stateDir)) {
      if (await isDone(folder)) continue
      const spec = await readTaskSpec(folder)
      if (!spec) {
        log.warn({event: 'task_folder_without_spec', folder: folder.path})
        continue
      }
      const worker = await findWorker(folder, processStart)
      log.info({event: worker ? 'task_adopted' : 'task_orphaned', task: spec.task.id})
      const entry: Entry = {spec, folder, worker, recoveries: worker ? 0 : 1}
      this.#begin(spec.task, slots.force(), () => this.#supervise(entry))
    }
  }

  /** Runs a claimed task; the slot is released when its worker is gone. */
  run(task: ClaimedTask, runtime: Runtime, slot: Slot): void {
    this.#begin(task, slot, async () => {
      const entry = await this.#startTask(task, runtime)
      if (entry) await this.#supervise(entry)
    })
  }

  /** Tasks from claim to end, those included whose worker is only being started. */
  get count(): number {
    return this.#jobs.size
  }

  /** Messages of runs that have ended here which the server will never have. */
  get lost(): number {
    return this.#lost
  }

  /** What a task that is supervised here was started with. */
  specOf(taskId: string): TaskSpec | undefined {
    return this.#entries.get(taskId)?.spec
  }

  async list(): Promise<SupervisedTask[]> {
    return await Promise.all([...this.#entries.values()].map((entry) => describeTask(entry)))
  }

  /** Stops watching; the workers go on. */
  async detach(): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#jobs)
  }

  #begin(task: ClaimedTask, slot: Slot, work: () => Promise<void>): void {
    const job = work()
      .catch((error: unknown) => {
        if (!this.#stop.signal.aborted) {
          this.#options.log.error({event: 'task_abandoned', task: task.id, error: String(error)})
        }
      })
      .finally(() => {
        this.#jobs.delete(job)
        slot.release()
        this.#options.onEnd(task.runtime_id)
      })
    this.#jobs.add(job)
  }

  async #startTask(task: ClaimedTask, runtime: Runtime): Promise<Entry | undefined> {
    let folder: TaskFolder | undefined
    try {
      await this.#endFencedWorker(task.id)
      const spec = await this.#options.buildSpec(task, runtime)
      folder = await createTaskFolder(this.#options.stateDir, spec)
      const worker = await this.#options.startWorker(folder)
      return {spec, folder, worker, recoveries: 0}
    } catch (error) {
      this.#stop.signal.throwIfAborted()
      const text = error instanceof Error ? error.message : String(error)
      await this.#fail({task, folder, reason: 'start_error', error: text})
      return undefined
    }
  }

  /**
   * A claim that is delivered again has a new token, with which the server refuses the worker of the
   * first delivery (stream §7): that one is ended before the next one begins.
   */
  async #endFencedWorker(taskId: string): Promise<void> {
    const {processStart, log} = this.#options
    const entry = this.#entries.get(taskId)
    if (!entry) return
    log.warn({event: 'claim_delivered_again', task: taskId, worker: entry.worker?.pid})
    entry.fenced = true
    for (const name of ['SIGTERM', 'SIGKILL'] as const) {
      const {worker} = entry
      if (worker && (await isAlive(worker, processStart))) process.kill(worker.pid, name)
      for (let tries = 0; this.#entries.has(taskId) && tries < FENCED_MS / 100; tries++) {
        await delay(100, undefined, {signal: this.#stop.signal})
      }
    }
    if (this.#entries.has(taskId)) throw new Error('an earlier worker of this task does not end')
  }

  async #supervise(entry: Entry): Promise<void> {
    const {log, processStart, recoveryPauseMs: pauseMs = growing} = this.#options
    const {spec, folder} = entry
    this.#entries.set(spec.task.id, entry)
    try {
      for (;;) {
        if (entry.worker) await this.#untilGone(entry.worker, processStart)
        if (await isDone(folder)) return log.info({event: 'task_done', task: spec.task.id})
        if (entry.fenced) return
        if (entry.worker) entry.recoveries++
        entry.worker = undefined
        if (entry.recoveries > MAX_RECOVERIES) break
        const attempt = entry.recoveries
        log.error({event: 'worker_lost', task: spec.task.id, attempt, log: folder.log})
        if (attempt > 1) await delay(pauseMs(attempt), undefined, {signal: this.#stop.signal})
        // A worker that was only being started when it was looked for has made itself known by now.
        entry.worker =
          (await findWorker(folder, processStart)) ?? (await this.#startRecovery(entry))
      }
      const error = `the worker died ${MAX_RECOVERIES} times; its last words are in ${folder.log}`
      await this.#fail({task: spec.task, folder, reason: 'worker_lost', error})
    } finally {
      this.#lost += (await readWorkerRecord(folder))?.lost ?? 0
      this.#entries.delete(spec.task.id)
    }
  }

  async #startRecovery(entry: Entry): Promise<Entry['worker']> {
    try {
      return await this.#options.startWorker(entry.folder)
    } catch (error) {
      const {id} = entry.spec.task
      this.#options.log.error({event: 'recovery_failed', task: id, error: String(error)})
      entry.recoveries++
      return undefined
    }
  }

  async #untilGone(worker: NonNullable<Entry['worker']>, start: ProcessStart): Promise<void> {
    const {signal} = this.#stop
    let over = false
    const exited = (worker.exited ?? new Promise(() => {})).finally(() => {
      over = true
    })
    while (!over && (await isAlive(worker, start))) {
      signal.throwIfAborted()
      const pause = new AbortController()
      const either = AbortSignal.any([signal, pause.signal])
      await Promise.race([exited, delay(WATCH_MS, undefined, {signal: either}).catch(() => {})])
      pause.abort()
    }
  }

  async #fail(failure: TaskFailure): Promise<void> {
    const {reason, error, task} = failure
    this.#options.log.error({event: 'task_failed_here', task: task.id, reason, error})
    await this.#options.failTask(failure, this.#stop.signal)
  }
}

/** 2 s, 4 s, 8 s, 16 s, each with jitter. */
const growing = (attempt: number): number => 500 * 2 ** attempt * (0.8 + Math.random() * 0.4)
