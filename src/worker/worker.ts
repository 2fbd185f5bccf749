import {access, readFile, rm, writeFile} from 'node:fs/promises'
import {ApiError} from '../client/http-client.js'
import {isRefused, retry} from '../client/retry.js'
import {waitForRoom} from '../full-disk.js'
import type {Log} from '../log.js'
import type {TaskFolder} from '../task-folder/task-folder.js'
import type {TaskSpec} from '../task-folder/task-spec.js'
import {type Bench, openBench} from './bench.js'
import {gatherChanges} from './changes.js'
import {execute} from './execute.js'
import {lockFolder} from './folder-lock.js'
import type {RunEnd} from './journal.js'
import {recover} from './recover.js'
import {type Reported, reportEnd} from './report-end.js'
import type {StopReason} from './stop-request.js'
import {takeBack} from './take-back.js'
import {lockTask} from './task-lock.js'
import {prepareWorkFolder, tempFolderOf} from './work-folder.js'
import {readRecord} from './worker-record.js'

/** How long a server that cannot take the changes may hold up the end, and is tried after it. */
const CHANGES_BEFORE_MS = 5000
const CHANGES_AFTER_MS = 60_000

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
    const bench = await openBench({spec, folder, inherited, earlier, log})
    options.onStopRequest(() =>
      bench.stop.stop({
        kind: 'failed',
        reason: 'stopped',
        error: 'the daemon was asked to stop its tasks',
      }),
    )
    let reported: Reported
    try {
      const begunBefore = isRecovery && earlier?.phase !== 'preparing'
      const {end, release: leave} = begunBefore
        ? {end: await recover(bench, earlier)}
        : await work(bench)
      if (!end) await leave?.()
      reported = end ? await report(bench, end, leave) : 'unwanted'
    } finally {
      await bench.close()
    }
    await rm(tempFolderOf(spec), {recursive: true, force: true})
    // The last thing that is written: until then another worker would take over.
    const done = {reported, at: new Date().toISOString()}
    await waitForRoom(() => writeFile(folder.done, `${JSON.stringify(done)}\n`, {mode: 0o600}))
    return reported
  } finally {
    await release()
  }
}

interface Work {
  /** How the run ended; undefined when nobody wants to know. */
  end: RunEnd | undefined
  /** Lets others into the work folder. */
  release?: () => Promise<void>
}

async function work(bench: Bench): Promise<Work> {
  const {spec, api, stop, log} = bench
  const watching = bench.watch(stop, {
    signal: bench.signal,
    log,
    onNews: (version) => bench.inbox.heard(version),
    // An upload, of nothing if need be, is a sign of life.
    onLost: () => bench.uploader.notify(),
  })
  if (!(await start(bench))) return {end: undefined}
  api
    .progress(spec.task.id, {summary: `Launching ${spec.provider}`, step: 1, total: 2})
    .catch(() => undefined)
  const folder = await prepare(bench)
  const isReady = 'workDir' in folder
  const end = isReady ? await execute(bench, folder) : folder
  void watching
  return {
    end: stop.reason?.kind === 'closed' ? undefined : end,
    ...(isReady && folder.release && {release: folder.release}),
  }
}

/** @returns false when the task is not ours any more */
async function start(bench: Bench): Promise<boolean> {
  const {api, spec, journal, stop, log, signal: over} = bench
  // The server may be away for long, and whoever stops the run does not wait for it.
  const signal = AbortSignal.any([over, stop.signal])
  try {
    const {last_seq: stored} = await retry(() => api.start(spec.task.id, {signal}), {
      signal,
      isFinal: isRefused,
    })
    // A worker before this one has sent what the disk does not hold any more.
    if (stored > journal.lastSeq) await takeBack(bench, signal)
    return true
  } catch (error) {
    if (stop.reason) return true
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
  if (bench.stop.reason) return stoppedEarly(bench.stop.reason)
  try {
    return await prepareWorkFolder(bench.spec, {
      stateFolder: bench.folder.path,
      env: bench.inherited,
      lock: (path) => lockFor(bench, path),
    })
  } catch (error) {
    if (bench.stop.reason) return stoppedEarly(bench.stop.reason)
    const why = (error as Error).message
    const text = bench.masker.mask(`the work folder cannot be prepared: ${why}`)
    await bench.transcript.add({type: 'error', text})
    return {kind: 'fail', body: {reason: 'start_error', error: text}}
  }
}

/** Two runs in one folder would undo each other's work. */
function lockFor({spec, transcript, stop}: Bench, path: string): Promise<() => Promise<void>> {
  return lockFolder({
    workspacesRoot: spec.workspaces_root,
    path,
    taskId: spec.task.id,
    onWait: () => transcript.add({type: 'status', text: `another run works in ${path}; waiting`}),
    signal: stop.signal,
  })
}

function stoppedEarly(reason: StopReason): RunEnd {
  if (reason.kind !== 'failed') return {kind: 'cancelled', body: {last_seq: 0}}
  return {kind: 'fail', body: {reason: reason.reason, error: reason.error}}
}

/**
 * The end is on the disk before it is on the way (fault H8).
 * @param leave lets others into the work folder: once the changes in it are known
 */
async function report(bench: Bench, end: RunEnd, leave?: () => Promise<void>): Promise<Reported> {
  const {api, spec, journal, uploader, inbox, log, record, signal} = bench
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
  const gathering = gatherChanges(bench).finally(leave)
  const reporting = {api, taskId: spec.task.id, journal, uploader, log, signal}
  // Whoever cancels waits for the answer, and nobody reads the changes of a run before its end.
  if (end.kind === 'cancelled') {
    await inbox.settled()
    const reported = await reportEnd(end, reporting)
    await (await gathering).send(CHANGES_AFTER_MS)
    return reported
  }
  const changes = await gathering
  await changes.send(CHANGES_BEFORE_MS)
  await inbox.settled()
  const reported = await reportEnd(end, reporting)
  await changes.send(CHANGES_AFTER_MS)
  return reported
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
