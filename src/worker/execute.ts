import {renderPrompt} from '../../templates/agent-files/prompt.js'
import type {AgentEvent, AgentRun} from '../agents/adapter.js'
import {adapterOf} from '../agents/adapters.js'
import {AppError} from '../errors.js'
import {fitUsage, MAX_SESSION_ID, type TaskUsage} from '../protocol/task.js'
import {agentEnvironment} from './agent-environment.js'
import {approvalsOf} from './approvals.js'
import {createAsking} from './ask-people.js'
import type {Bench} from './bench.js'
import {type CostWatch, costLimitText, watchCost} from './cost-limit.js'
import {Deliveries} from './deliveries.js'
import {watchInactivity} from './inactivity.js'
import {JournalError, type RunEnd} from './journal.js'
import {type AgentOutcome, runAgent} from './run-agent.js'
import type {WorkFolder} from './work-folder.js'

/** What is known of a run beside its messages. */
interface Facts {
  sessionId: string | undefined
  usage: TaskUsage | undefined
  /** Sessions that nobody shall be given again. */
  rejected: string[]
}

/**
 * Runs the agent of a task and tells how it ended. A session that the agent refuses is replaced by a
 * fresh one, once and visibly, as long as no tool has run (faults F1, C13).
 */
export async function execute(bench: Bench, folder: WorkFolder): Promise<RunEnd> {
  const {spec, transcript, stop} = bench
  const facts: Facts = {sessionId: undefined, usage: undefined, rejected: []}
  const deliveries = new Deliveries(bench)
  const prior = spec.task.prior_session_id
  try {
    let outcome = await runOnce(bench, folder, facts, deliveries, prior)
    const rejected = noteRejection(facts, outcome, prior)
    if (rejected && prior !== undefined && transcript.toolCount === 0 && !stop.reason) {
      facts.sessionId = undefined
      bench.tell({rejected_session_ids: facts.rejected})
      await transcript.add({
        type: 'status',
        text: `the earlier session ${prior} cannot be resumed; starting a fresh one`,
      })
      outcome = await runOnce(bench, folder, facts, deliveries, undefined)
      noteRejection(facts, outcome, undefined)
    }
    await deliveries.shown()
    await transcript.close()
    return conclude(bench, folder, facts, outcome)
  } catch (error) {
    bench.log.error({event: 'run_failed', err: error})
    return failed(bench, folder, facts, await explain(bench, error))
  }
}

/** @returns whether the agent could not go on in its session, and no run ever can */
function noteRejection(facts: Facts, {result}: AgentOutcome, resumed: string | undefined): boolean {
  if (result?.outcome !== 'failed' || !result.sessionRejected) return false
  const ids = [resumed, facts.sessionId].filter((id) => id !== undefined)
  facts.rejected = [...new Set([...facts.rejected, ...ids])]
  return true
}

async function runOnce(
  bench: Bench,
  folder: WorkFolder,
  facts: Facts,
  deliveries: Deliveries,
  resume: string | undefined,
): Promise<AgentOutcome> {
  const {spec, transcript, stop, log} = bench
  const adapter = adapterOf(spec.settings.type)
  const approvals = approvalsOf(spec)
  const inactivity = watchInactivity(spec.limits, () => transcript.toolInFlight, stop)
  const run: AgentRun = {
    prompt: renderPrompt({
      issue: spec.task.issue_identifier ?? spec.task.issue_id,
      commentIds: spec.task.comment_ids ?? [],
      ...(folder.instructions && {instructions: folder.instructions}),
    }),
    cwd: folder.workDir,
    settings: spec.settings,
    env: agentEnvironment(spec, folder, bench.inherited),
    ...(resume && {resumeSessionId: resume}),
    ...(spec.task.max_cost_usd && {maxCostUsd: spec.task.max_cost_usd}),
    permissions: approvals.bypass ? 'bypass' : 'ask',
    questions: approvals.questions,
    ask: createAsking({bench, approvals, inactivity}),
  }
  const remarks: string[] = []
  const cost = watchCost(spec, stop, (text) => remarks.push(text))
  // From here on nobody may begin this run anew, whatever becomes of this process.
  await bench.record.commit({phase: 'running'})
  try {
    return await runAgent({
      adapter,
      run,
      taskId: spec.task.id,
      stop,
      killGraceMs: spec.limits.kill_grace_ms,
      log,
      onStderr: (text) => log.debug({event: 'agent_stderr', text: bench.masker.mask(text)}),
      onStarted: async ({pid, start}) => {
        await bench.record.save({
          agent_pid: pid,
          ...(start !== undefined && {agent_pid_start: start}),
        })
      },
      onTalking: (io) =>
        deliveries.attach(async (text) => (await adapter.say?.(io, text)) ?? false),
      onEvent: async (event) => {
        inactivity.touch()
        note(bench, folder, facts, cost, event)
        await transcript.add(event)
        for (const text of remarks.splice(0)) await transcript.add({type: 'status', text})
      },
    })
  } finally {
    deliveries.detach()
    inactivity.stop()
  }
}

/** Session and usage are told as soon as they are known: they survive whatever happens later (faults F7, N1). */
function note(
  bench: Bench,
  folder: WorkFolder,
  facts: Facts,
  cost: CostWatch,
  event: AgentEvent,
): void {
  if (event.type === 'usage') {
    facts.usage = cost.note(fitUsage(event.usage))
    bench.record.changeSoon({usage: facts.usage})
    bench.tell({usage: facts.usage})
  }
  if (event.type !== 'session' || !event.resumable || event.sessionId === facts.sessionId) return
  if (event.sessionId.length > MAX_SESSION_ID) {
    bench.log.warn({event: 'session_not_kept', characters: event.sessionId.length})
    return
  }
  facts.sessionId = event.sessionId
  bench.record.change({session_id: event.sessionId})
  bench.tell({session_id: event.sessionId, work_dir: folder.workDir})
}

/** Default is failure: only a positive end mark with something to show has completed (design §4.6). */
function conclude(bench: Bench, folder: WorkFolder, facts: Facts, outcome: AgentOutcome): RunEnd {
  const {stop, spec} = bench
  const {result} = outcome
  const about = aboutRun(folder, facts)
  if (stop.reason?.kind === 'over' && stop.reason.status === 'cancelled') {
    return {kind: 'cancelled', body: {...about, last_seq: 0}}
  }
  if (result?.outcome === 'completed') {
    const output = bench.masker.mask(result.output)
    if (output.trim() !== '') return {kind: 'complete', body: {...about, output}}
    return failed(bench, folder, facts, {
      reason: 'empty_output',
      error: `${spec.provider} returned empty output`,
    })
  }
  if (stop.reason?.kind === 'failed') return failed(bench, folder, facts, stop.reason)
  const limit = spec.task.max_cost_usd
  if (result && limit !== null && (facts.usage?.cost_usd ?? 0) >= limit) {
    const error = `${costLimitText(facts.usage, limit)}: ${result.error}`
    return failed(bench, folder, facts, {reason: 'cost_limit', error})
  }
  if (result) return failed(bench, folder, facts, {reason: 'agent_error', error: result.error})
  const how = outcome.exitText ? ` (${outcome.exitText})` : ''
  return failed(bench, folder, facts, {
    reason: 'no_end_mark',
    error: `${spec.provider} ended without saying that it had finished${how}`,
  })
}

type Failure = {
  reason: 'agent_error' | 'no_end_mark' | 'start_error' | 'empty_output' | 'worker_error'
  error: string
}

function failed(
  bench: Bench,
  folder: WorkFolder,
  facts: Facts,
  {
    reason,
    error,
  }:
    | Failure
    | {reason: NonNullable<Extract<RunEnd, {kind: 'fail'}>['body']['reason']>; error: string},
): RunEnd {
  return {
    kind: 'fail',
    body: {...aboutRun(folder, facts), reason, error: bench.masker.mask(error)},
  }
}

const aboutRun = (folder: WorkFolder, facts: Facts) => ({
  work_dir: folder.workDir,
  ...(facts.sessionId && {session_id: facts.sessionId}),
  ...(facts.usage && {usage: facts.usage}),
  ...(facts.rejected.length > 0 && {rejected_session_ids: facts.rejected}),
})

/** A program that cannot be started, or a disk that takes nothing more. */
async function explain(bench: Bench, error: unknown): Promise<Failure> {
  const text = error instanceof Error ? error.message : String(error)
  await bench.transcript.add({type: 'error', text}).catch(() => undefined)
  await bench.transcript.close().catch(() => undefined)
  if (error instanceof JournalError) return {reason: 'worker_error', error: text}
  if (error instanceof AppError) return {reason: 'start_error', error: text}
  return {reason: 'worker_error', error: `the run's worker failed: ${text}`}
}
