import {mkdir, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import type {AgentEvent, AgentRun} from '../agents/adapter.js'
import {adapterOf} from '../agents/adapters.js'
import {newId} from '../ids.js'
import {startAgent} from '../process-tree/start-agent.js'
import {stopTree} from '../process-tree/stop-tree.js'
import {PING_RUN_MS, type PingResult} from '../protocol/ping.js'
import type {RuntimeAgent} from './registration.js'

const PROMPT = 'Answer with exactly one word and do nothing else: pong'
const GRACE_MS = 2000

export interface PingOptions {
  /** Where its folder is made; the sweep removes what a daemon that was killed left there. */
  root: string
  env: Readonly<Record<string, string | undefined>>
  signal: AbortSignal
  limitMs?: number
}

/**
 * Asks an agent for one word: in an empty folder of its own, for one turn, with nothing allowed and
 * without a token of anybody (contract §5.6). Its whole process tree is ended afterwards.
 */
export async function pingAgent(agent: RuntimeAgent, options: PingOptions): Promise<PingResult> {
  const {root, env, signal, limitMs = PING_RUN_MS} = options
  const began = performance.now()
  const folder = join(root, newId())
  await mkdir(folder, {recursive: true, mode: 0o700})
  const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)])
  let answer: PingResult
  try {
    const mark = newId()
    answer = await ask(agent, {folder, mark, env: ownEnvironment(agent, env, mark), limit})
  } catch (error) {
    answer = {status: 'failed', error: error instanceof Error ? error.message : String(error)}
  } finally {
    await rm(folder, {recursive: true, force: true})
  }
  if (limit.aborted && answer.status !== 'completed') {
    answer = {status: 'failed', error: `no answer within ${limitMs / 1000} s`}
  }
  return {...answer, duration_ms: Math.round(performance.now() - began)}
}

interface Asking {
  folder: string
  mark: string
  env: Record<string, string>
  limit: AbortSignal
}

async function ask(agent: RuntimeAgent, {folder, mark, env, limit}: Asking): Promise<PingResult> {
  const adapter = adapterOf(agent.settings.type)
  const run: AgentRun = {
    prompt: PROMPT,
    cwd: folder,
    settings: agent.settings,
    env,
    maxTurns: 1,
    permissions: 'ask',
    questions: false,
    ask: async () => ({outcome: 'deny'}),
  }
  const process = await startAgent(adapter.launch(run), run)
  const answered = firstResult(adapter.events(process.io, run))
  try {
    return await Promise.race([answered, aborted(limit)])
  } finally {
    await stopTree({pid: process.pid, start: process.start, taskId: mark}, {graceMs: GRACE_MS})
    process.closePipes()
    await Promise.race([answered.catch(() => undefined), delay(GRACE_MS)])
  }
}

async function firstResult(events: AsyncIterable<AgentEvent>): Promise<PingResult> {
  for await (const event of events) {
    if (event.type !== 'result') continue
    return event.outcome === 'completed'
      ? {status: 'completed', output: event.output}
      : {status: 'failed', error: event.error}
  }
  return {status: 'failed', error: 'the agent ended without an answer'}
}

/** The machine's own environment without what belongs to multica; the mark finds its processes again. */
function ownEnvironment(
  {settings}: RuntimeAgent,
  env: PingOptions['env'],
  mark: string,
): Record<string, string> {
  const entries = Object.entries({...env, ...settings.env}).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !entry[0].startsWith('MULTICA_'),
  )
  return {...Object.fromEntries(entries), MULTICA_TASK_ID: mark}
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, {once: true})
  })
}
