import {setTimeout as sleep} from 'node:timers/promises'
import type {AgentAdapter, AgentEvent, AgentIo, AgentRun} from '../agents/adapter.js'
import type {Log} from '../log.js'
import {type AgentProcess, startAgent} from '../process-tree/start-agent.js'
import {stopTree} from '../process-tree/stop-tree.js'
import type {StopRequest} from './stop-request.js'

export type AgentResult = Extract<AgentEvent, {type: 'result'}>

export interface RunAgentOptions {
  adapter: AgentAdapter
  run: AgentRun
  taskId: string
  /** Takes each event; the agent is read no faster than this resolves. */
  onEvent: (event: AgentEvent) => Promise<void>
  onStarted: (agent: AgentProcess) => Promise<void>
  /** The adapter talks with the program: from now on people's messages can be brought to it. */
  onTalking: (io: AgentIo) => void
  stop: StopRequest
  killGraceMs: number
  /** Hears the lines of standard error that the adapter does not want in the transcript. */
  onStderr: (text: string) => void
  log: Log
}

export interface AgentOutcome {
  /** The agent's own end mark; undefined when there was none. */
  result: AgentResult | undefined
  /** What is known of an end without a mark. */
  exitText: string
  /** Processes that would not die. */
  survivors: number[]
}

/** What an agent may still say after its end mark (fault A14). */
const DRAIN_MS = 1500
/** How long the pipes of a dead tree may hold the worker. */
const PIPES_MS = 2000
/** How long the exit of a program whose tree is gone may take to be known. */
const EXIT_MS = 1000

/**
 * Runs an agent to its end: its end mark, the end of its output, or a stop. Returns when its whole
 * process tree is gone and everything that it said has been taken (faults D1, E1).
 * @throws AppError when the program cannot be started, and whatever `onEvent` throws
 */
export async function runAgent(options: RunAgentOptions): Promise<AgentOutcome> {
  const {adapter, run, stop, log} = options
  const stderr = createStderrFeed(options)
  const agent = await startAgent(adapter.launch(run), run, {onStderrLine: stderr.line})
  await options.onStarted(agent)
  let result: AgentResult | undefined
  let onMark = () => {}
  const marked = new Promise<void>((resolve) => {
    onMark = resolve
  })
  const consume = async () => {
    for await (const event of adapter.events(agent.io, run)) {
      if (event.type === 'result') {
        result ??= event
        onMark()
      } else await options.onEvent(event)
    }
  }
  let failure: unknown
  const consumed = consume().catch((error: unknown) => {
    failure = error
  })
  options.onTalking(agent.io)
  const afterMark = marked.then(() => sleep(DRAIN_MS, undefined, {ref: false}))
  await Promise.race([consumed, afterMark, aborted(stop.signal)])
  const asked = stop.reason !== undefined && result === undefined
  const interrupt = adapter.interrupt
  const {survivors, tookMs} = await stopTree(
    {pid: agent.pid, start: agent.start, taskId: options.taskId},
    {
      ...(asked && interrupt && {interrupt: () => interrupt(agent.io)}),
      ...(adapter.stopSignal && {firstSignal: adapter.stopSignal}),
      graceMs: options.killGraceMs,
    },
  )
  log.info({event: 'agent_stopped', asked, took_ms: tookMs, survivors})
  await Promise.race([consumed, sleep(PIPES_MS, undefined, {ref: false})])
  agent.closePipes()
  await consumed
  await stderr.flushed()
  if (failure) throw failure
  // A program that ends well because it was told to stop has not done its work.
  const counts = asked && result?.outcome === 'completed' ? undefined : result
  return {result: counts, exitText: await exitText(agent), survivors}
}

/** Lines of standard error become `status` messages where the adapter wants that, in their order. */
function createStderrFeed({adapter, onEvent, onStderr, log}: RunAgentOptions) {
  let last: Promise<void> = Promise.resolve()
  return {
    line: (text: string) => {
      if (text.trim() === '') return
      if (!adapter.showStderr) return onStderr(text)
      last = last
        .then(() => onEvent({type: 'status', text}))
        .catch((error: unknown) => {
          log.error({event: 'stderr_lost', err: error})
        })
    },
    flushed: () => last,
  }
}

async function exitText(agent: AgentProcess): Promise<string> {
  const exit = await Promise.race([agent.io.exited, sleep(EXIT_MS, undefined, {ref: false})])
  const how = exit
    ? exit.signal
      ? `ended by ${exit.signal}`
      : `exited with code ${exit.code}`
    : ''
  const stderr = agent.io.stderrTail().split('\n').slice(-5).join('\n')
  return [how, stderr].filter(Boolean).join(': ')
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), {once: true}))
}
