import type {ApprovalMode, ApprovalPolicy} from '../protocol/approvals.js'
import type {TaskUsage} from '../protocol/task.js'

/**
 * What an agent does, in the order in which it does it. Adapters yield these; the worker numbers,
 * masks, journals and uploads them. An adapter knows no network, no disk and no seq.
 */
export type AgentEvent =
  /** The agent's own id of its session, as soon as it is known. `resumable`: it is safe to resume. */
  | {type: 'session'; sessionId: string; resumable: boolean}
  /** A piece of text. Pieces with the same `block` belong together; `end` closes the block. */
  | {type: 'text' | 'thinking'; text: string; block: string; end: boolean; parentCallId?: string}
  | {
      type: 'tool_use'
      callId: string
      tool: string
      input: Record<string, unknown>
      parentCallId?: string
    }
  | {
      type: 'tool_result'
      callId: string
      tool?: string
      output: string
      isError: boolean
      parentCallId?: string
    }
  /** Something that people should see and that is neither the agent's words nor a tool. */
  | {type: 'status' | 'error'; text: string; parentCallId?: string}
  /** What the run has used so far: absolute, for this run alone. */
  | {type: 'usage'; usage: TaskUsage}
  /** Work goes on although nothing is said: feeds the watch for inactivity. */
  | {type: 'progress'}
  /** The positive end mark. At most one; what comes after it is still shown. */
  | {type: 'result'; outcome: 'completed'; output: string}
  | {
      type: 'result'
      outcome: 'failed'
      error: string
      output?: string
      /** The session can no longer be used: never hand it out again (faults F1, F3). */
      sessionRejected?: boolean
    }

/** An entry of `~/.multica/agents.json`, or what detection made of a program on the PATH. */
export interface AgentSettings {
  /** Name of the adapter: `claude`, `codex`, `acp`, `command` … */
  type: string
  /** argv of the program; the adapter appends its own arguments. */
  command: string[]
  model?: string
  args?: string[]
  /** Name of the known agent that an `acp` program is, where its own name does not tell it. */
  preset?: string
  env?: Record<string, string>
  /** How the machine's owner wants the agent's questions decided; can only be stricter than the agent's own policy. */
  approvals?: ApprovalMode | Pick<ApprovalPolicy, 'mode' | 'rules'>
  /** US dollars for a million tokens of each kind, for an agent that reports no costs itself. */
  prices?: {input: number; output: number; cache_read?: number; cache_write?: number}
}

/** What an agent wants to know from people before it goes on. */
export type AgentQuestion =
  | {
      kind: 'permission'
      callId?: string
      tool: string
      input: Record<string, unknown>
      /** What it wants to do, in words, where the agent says so. */
      title?: string
    }
  | {kind: 'question'; callId?: string; questions: AskedQuestion[]}

export interface AskedQuestion {
  /** Names the question in the answer. */
  id: string
  header?: string
  text: string
  /** None for a question that is answered in one's own words. */
  options: {label: string; description?: string}[]
  /** Several of the options may be chosen. */
  multiple?: boolean
  /** May stay without an answer. */
  optional?: boolean
  /** Wants a number. */
  numeric?: boolean
}

/**
 * The answer to a question. `deny`: no, or nobody answers; `cancel`: the run is being stopped, or the
 * agent no longer asks. `answers` has labels of options or own words, by the ids of the questions.
 */
export type AgentAnswer =
  | {outcome: 'allow'}
  | {outcome: 'deny'; message?: string}
  | {outcome: 'cancel'}
  | {outcome: 'answer'; answers: Record<string, string[]>}

/** One run, as the adapter needs to know it. */
export interface AgentRun {
  prompt: string
  /** Absolute path of the agent's working directory. */
  cwd: string
  settings: AgentSettings
  /** Complete environment of the agent, secrets included. */
  env: Record<string, string>
  resumeSessionId?: string
  maxTurns?: number
  /** US dollars at which the agent is to stop by itself, where it can. */
  maxCostUsd?: number
  /** `bypass`: the agent may do everything without asking. `ask`: it asks before what it may not do. */
  permissions: 'bypass' | 'ask'
  /** Whether somebody answers questions; otherwise the agent is told not to ask any (fault E7). */
  questions: boolean
  /**
   * Asks what the agent asks; policy and people decide. Never rejects, may take hours: an adapter goes
   * on reading the agent's output meanwhile.
   * @param withdrawn aborted when the agent no longer wants to know
   */
  ask(question: AgentQuestion, withdrawn?: AbortSignal): Promise<AgentAnswer>
}

/** How a run's program is to be started. */
export interface LaunchSpec {
  argv: string[]
  /** Added to the run's environment. */
  env?: Record<string, string>
}

/** The running program as the adapter sees it. */
export interface AgentIo {
  /** Lines of standard output without their line ends, of any length; ends with the program's output. */
  stdout: AsyncIterable<string>
  /** Writes to standard input; resolves when the program has taken it or is gone. */
  write(text: string): Promise<void>
  /** Closes standard input. */
  endInput(): void
  /** Resolves when the program itself has exited (its descendants may live on). */
  exited: Promise<AgentExit>
  /** The last 64 KiB of standard error, for error texts. */
  stderrTail(): string
}

export interface AgentExit {
  code: number | null
  signal: string | null
}

/** One agent protocol. Adding an adapter is one file and one line in `adapters.ts`. */
export interface AgentAdapter {
  type: string
  /** Program names that detection looks for on the PATH; none for adapters that need an entry. */
  programs: string[]
  /** Programs that bear the same name as others: what the right one answers without an error. */
  checks?: Readonly<Record<string, readonly string[]>>
  /** Programs that do not know `--version`. */
  versionless?: readonly string[]
  /** The adapter for versions that end these arguments with an error. */
  olderVersions?: {probe: string[]; type: string}
  launch(run: AgentRun): LaunchSpec
  /** Talks the protocol. Ends when the program's output ends or the protocol says that it is over. */
  events(io: AgentIo, run: AgentRun): AsyncIterable<AgentEvent>
  /** Asks the agent to stop, in its own protocol. The worker follows up with signals. */
  interrupt?(io: AgentIo): Promise<void>
  /**
   * Brings a person's message to the running agent. Not there: the protocol has no way for it.
   * @returns whether the agent has it and answers it in this run; false: not now
   */
  say?(io: AgentIo, text: string): Promise<boolean>
  /** First signal of a stop: SIGINT where the agent cleans up its tools on it. SIGTERM by default. */
  stopSignal?: 'SIGINT' | 'SIGTERM'
  /** It heeds `maxCostUsd`. */
  limitsCosts?: boolean
  /** Lines of standard error become `status` messages as they come. False: only kept for error texts. */
  showStderr: boolean
}
