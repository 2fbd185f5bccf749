import type {Writable} from 'node:stream'

/** What a step of the inspection found: the text that a reader sees as the tool's result. */
export interface Finding {
  output: string
  isError?: boolean
}

/** Speaks the message shape of the `command` adapter: one JSON object a line (docs/command-agents.md). */
export interface Narrator {
  think(text: string): void
  say(text: string): void
  /** Announces a tool call, does the work, and closes the call with what came of it. */
  call(tool: string, input: Record<string, unknown>, work: () => Promise<Finding>): Promise<Finding>
  finish(output: string): void
}

export function createNarrator(out: Writable): Narrator {
  let calls = 0
  const emit = (message: Record<string, unknown>) => {
    out.write(`${JSON.stringify(message)}\n`)
  }
  return {
    think: (text) => emit({type: 'thinking', content: text}),
    say: (text) => emit({type: 'text', content: text}),
    async call(tool, input, work) {
      const callId = `call-${++calls}`
      emit({type: 'tool_use', tool, call_id: callId, input})
      const finding = await attempt(work)
      emit({
        type: 'tool_result',
        tool,
        call_id: callId,
        output: finding.output,
        is_error: finding.isError ?? false,
      })
      return finding
    },
    finish: (output) => emit({type: 'result', output}),
  }
}

async function attempt(work: () => Promise<Finding>): Promise<Finding> {
  try {
    return await work()
  } catch (error) {
    return {output: (error as Error).message, isError: true}
  }
}
