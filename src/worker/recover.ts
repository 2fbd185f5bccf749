import {findOrphans} from '../process-tree/find-tree.js'
import {stopTree} from '../process-tree/stop-tree.js'
import type {WorkerRecord} from '../task-folder/task-spec.js'
import type {Bench} from './bench.js'
import type {RunEnd} from './journal.js'
import {takeBack} from './take-back.js'
import {workFolderOf} from './work-folder.js'

const PAGE = 500
const PAGE_BYTES = 4 * 1024 * 1024
/** The agent has lost its worker: it gets a moment to clean up, not more. */
const GRACE_MS = 3000

/**
 * Takes over from a worker that has died: ends what is left of its agent, and finds out how the run
 * ended. What the journal says counts; a run without a recorded end has failed (fault B4), when it was
 * taken over and not when the server has come back.
 */
export async function recover(bench: Bench, earlier: WorkerRecord | undefined): Promise<RunEnd> {
  const {spec, journal, transcript, inbox, log} = bench
  await endAgent(bench, earlier)
  if (journal.end) {
    log.info({event: 'recovered_with_end', kind: journal.end.kind})
    return journal.end
  }
  const at = Date.now()
  // Its agent is gone: who stops the daemon does not wait for a server that is away.
  await bench.record.save({phase: 'uploading'})
  await takeBack(bench, bench.signal)
  const told: string[] = []
  for (let seq = 1; seq <= journal.lastSeq; ) {
    const messages = await journal.read(seq, PAGE, PAGE_BYTES)
    if (messages.length === 0) break
    for (const message of messages) {
      transcript.adopt(message)
      // A person's message that the agent had, and that nobody has acknowledged.
      if (message.author && message.about) told.push(message.about)
    }
    seq += messages.length
  }
  inbox.settleTold(told)
  const error = 'the worker of this run died; what the agent had done until then is above'
  await transcript.close()
  await transcript.add({type: 'error', text: error})
  log.warn({event: 'recovered_without_end', task: spec.task.id})
  return {
    kind: 'fail',
    at,
    body: {
      reason: 'worker_lost',
      error,
      work_dir: (await workFolderOf(spec)).workDir,
      ...(earlier?.session_id && {session_id: earlier.session_id}),
      ...(earlier?.usage && {usage: earlier.usage}),
    },
  }
}

async function endAgent(bench: Bench, earlier: WorkerRecord | undefined): Promise<void> {
  const taskId = bench.spec.task.id
  const pid = earlier?.agent_pid
  if (pid === undefined && (await findOrphans(taskId)).length === 0) return
  const {survivors, tookMs} = await stopTree(
    {pid: pid ?? -1, start: earlier?.agent_pid_start, taskId},
    {graceMs: GRACE_MS},
  )
  bench.log.info({event: 'orphans_stopped', took_ms: tookMs, survivors})
}
