import {setTimeout as sleep} from 'node:timers/promises'
import type {Api} from '../client/api.js'
import type {TaskInput} from '../protocol/task-request.js'

const FIRST_MS = 50
const LAST_MS = 500

export interface SendOptions {
  /** How long to wait for the agent, in milliseconds. */
  waitMs: number
  signal: AbortSignal
}

/** Sends words to a running agent, and waits a moment for what becomes of them. */
export async function sendInput(
  api: Api,
  taskId: string,
  text: string,
  {waitMs, signal}: SendOptions,
): Promise<TaskInput> {
  let input = await api.sendInput(taskId, text)
  const until = Date.now() + waitMs
  for (let delay = FIRST_MS; input.status === 'pending' && Date.now() < until; delay *= 2) {
    await sleep(Math.min(delay, LAST_MS), undefined, {signal}).catch(() => signal.throwIfAborted())
    input = await api.input(taskId, input.id)
  }
  return input
}

/** What has become of a message, for its sender. */
export function describeInput({status}: TaskInput, issue: string | null): string {
  switch (status) {
    case 'delivered':
      return 'The agent has it.'
    case 'deferred':
      return `The agent cannot be spoken to while it runs: your words stand as a comment on ${issue ?? 'the issue'}, and its next run reads them.`
    case 'dropped':
      return 'The run has ended before the agent had it, and there is no next run.'
    case 'pending':
      return 'On its way: the agent gets it as soon as it can take it, else its next run does.'
  }
}
