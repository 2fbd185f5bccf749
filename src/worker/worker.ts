import {access, readFile, writeFile} from 'node:fs/promises'
import {ApiError} from '../client/http-client.js'
import {isTransient, retry} from '../client/retry.js'
import type {Log} from '../log.js'
import type {TaskFolder} from '../task-folder/task-folder.js'
import type {TaskSpec} from '../task-folder/task-spec.js'
import {type Bench, openBench} from './bench.js'
import {execute} from './execute.js'
import type {RunEnd} from './journal.js'
import {recover} from './recover.js'
import {type Reported, reportEnd} from './report-end.js'
import {watchStatus} from './watch-status.js'
import {prepareWorkFolder} from './work-folder.js'
import {lockTask, readRecord} from './worker-record.js'

export interface WorkerOptions {
  folder: TaskFolder
  inherited: Readonly<Record<string, string>>
  log: Log
  /** Asks the worker to stop its agent and to report the run as stopped. */
  onStopRequest: (stop: () => void) => void
}

/**
 * Owns one task from claim to acknowledged end (design §1). On a folder where a worker has been before
 * it takes over what is left. Returns when the server has the end, or wants nothing more of it.
 */
export async function runWorker(options: WorkerOptions): Promise<Reported> {
  const {folder, inherited, log} = options
  const release = await lockTask(folder)
  try {
    const spec = JSON.parse(await readFile(folder.spec, 'utf8')) as TaskSpec
    const earlier = await readRecord(folder)
    const isRecovery = await exists(folder.journal)
    const ackedSeq = earlier?.acked_seq ?? 0
    const bench = await openBench({spec, folder, inherited, ackedSeq, log})
    options.onStopRequest(() =>
      bench.stop.stop({
        kind: 'failed',
        reason: 'stopped',
        error: 'the daemon was asked to stop its tasks',
      }),
    )
    try {
      const begunBefore = isRecovery && earlier?.phase !== 'preparing'
      const end = begunBefore ? await recover(bench, earlier) : await work(bench)
      const reported = end ? await report(bench, end) : 'unwanted'
      await writeFile(
        folder.done,
        `${JSON.stringify({reported, at: new Date().toISOString()})}\n`,
        {mode: 0o600},
      )
      return reported
    } finally {
      await bench.close()
    }
  } finally {
    await release()
  }
}

/** @returns how the run ended; undefined when nobody wants to know */
async function work(bench: Bench): Promise<RunEnd | undefined> {
  const {spec, api, stop, log} = bench
  const watching = watchStatus(bench.client, spec.task.id, stop, {signal: bench.signal, log})
  if (!(await start(bench))) return undefined
  api
    .progress(spec.task.id, {summary: `Launching ${spec.provider}`, step: 1, total: 2})
    .catch(() => undefined)
  const folder = await prepare(bench)
  if (!('workDir' in folder)) return folder
  const end = await execute(bench, folder)
  void watching
  if (stop.reason?.kind === 'closed') return undefined
  return end
}

/** @returns false when the task is not ours any more */
async function start({api, spec, stop, log, signal}: Bench): Promise<boolean> {
  try {
    await retry(() => api.start(spec.task.id, {signal}), {
      signal,
      isFinal: (error) => !isTransient(error),
    })
    return true
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    log.warn({event: 'start_refused', status: error.status, error: error.message})
    const status = error.body.task_status
    // Cancelled between claim and start: there is nothing to stop, but the cancel wants its answer.
    if (status !== 'cancelled') return false
    stop.stop({kind: 'over', status: 'cancelled'})
    return true
  }
}

async function prepare(
  bench: Bench,
): Promise<Awaited<ReturnType<typeof prepareWorkFolder>> | RunEnd> {
  if (bench.stop.reason?.kind === 'over') return {kind: 'cancelled', body: {last_seq: 0}}
  try {
    return await prepareWorkFolder(bench.spec)
  } catch (error) {
    const text = `the work folder cannot be prepared: ${(error as Error).message}`
    await bench.transcript.add({type: 'error', text})
    return {kind: 'fail', body: {reason: 'start_error', error: text}}
  }
}

/** The end is on the disk before it is on the way (fault H8). */
async function report(bench: Bench, end: RunEnd): Promise<Reported> {
  const {api, spec, journal, uploader, log, record, signal} = bench
  await record.save({phase: 'uploading'})
  if (!journal.end)
    await journal
      .recordEnd(end)
      .catch((error: unknown) => log.error({event: 'end_not_journalled', err: error}))
  if (end.kind !== 'cancelled') {
    api
      .progress(spec.task.id, {summary: 'Finishing task', step: 2, total: 2})
      .catch(() => undefined)
  }
  return reportEnd(end, {api, taskId: spec.task.id, journal, uploader, log, signal})
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
