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
  env?: Record<string, string>
  /** What is answered when the agent asks whether it may do something: `auto` (default) is yes. */
  approvals?: 'auto' | 'deny'
}

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
  /** The adapter for versions that end these arguments with an error. */
  olderVersions?: {probe: string[]; type: string}
  launch(run: AgentRun): LaunchSpec
  /** Talks the protocol. Ends when the program's output ends or the protocol says that it is over. */
  events(io: AgentIo, run: AgentRun): AsyncIterable<AgentEvent>
  /** Asks the agent to stop, in its own protocol. The worker follows up with signals. */
  interrupt?(io: AgentIo): Promise<void>
  /** First signal of a stop: SIGINT where the agent cleans up its tools on it. SIGTERM by default. */
  stopSignal?: 'SIGINT' | 'SIGTERM'
  /** Lines of standard error become `status` messages as they come. False: only kept for error texts. */
  showStderr: boolean
}
