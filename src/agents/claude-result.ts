import type {AgentEvent} from './adapter.js'
import type {ClaudeEvent} from './claude-events.js'

/**
 * The outcome of a run. An API error comes as `subtype: success` with `is_error: true`, and a context
 * that is full as a success without words, so `is_error`, the subtype and the reason tell together
 * (faults F9, G1).
 * @param resumed the session that was to be resumed; `begun`: the session really began
 */
export function outcomeOf(
  event: ClaudeEvent,
  resumed: string | undefined,
  begun: boolean,
): AgentEvent {
  const reason = event.terminal_reason ?? ''
  if (!event.is_error && event.subtype === 'success' && !(reason in REASONS)) {
    return {type: 'result', outcome: 'completed', output: event.result ?? ''}
  }
  // What is wrong in a session's history is refused again each time that it is resumed (faults F3, F8).
  const poisoned = reason === 'prompt_too_long' || event.api_error_status === 400
  const rejected = resumed !== undefined && (!begun || poisoned)
  return {
    type: 'result',
    outcome: 'failed',
    error: errorText(event, begun),
    ...(rejected && {sessionRejected: true}),
  }
}

const SUBTYPES: Readonly<Record<string, string>> = {
  error_max_turns: 'claude stopped at its limit of turns',
  error_max_budget_usd: 'claude stopped at its limit of costs',
  error_max_structured_output_retries: 'claude could not produce the output that was asked for',
  error_during_execution: 'claude stopped in the middle of its work',
}

/** Reasons of an end that is none of the work's. */
const REASONS: Readonly<Record<string, string>> = {
  prompt_too_long: "the conversation is too long for claude's model",
  model_error: "claude's model failed",
  image_error: 'claude could not read an image',
  blocking_limit: 'claude has reached a limit of its account',
  aborted_streaming: 'claude was interrupted',
  aborted_tools: 'claude was interrupted',
}

function errorText(event: ClaudeEvent, begun: boolean): string {
  const errors = (event.errors ?? [])
    .map((error) => (typeof error === 'string' ? error : JSON.stringify(error)))
    .filter((error) => !error.startsWith('[ede_diagnostic]'))
  const text = event.result || errors.join('; ')
  const sentence = SUBTYPES[event.subtype ?? ''] ?? REASONS[event.terminal_reason ?? '']
  if (sentence && (begun || !text)) return text ? `${sentence}: ${text}` : sentence
  return text || `claude ended with ${event.subtype ?? 'an error'}`
}
