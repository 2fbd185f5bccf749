import {basename} from 'node:path'
import {fileURLToPath} from 'node:url'
import type {AgentSettings} from '../agents/adapter.js'
import type {Api} from '../client/api.js'

/** Name of the demo's agent and of its runtime. */
export const DEMO_AGENT = 'inspector'

/** The bundled program, pointed at a checkout (src/demo). */
export function demoAgent(checkout: string): AgentSettings {
  const program = fileURLToPath(new URL('../demo/inspect-repository.js', import.meta.url))
  return {type: 'command', command: [process.execPath, program, checkout]}
}

/** Files the demo's issue about a checkout and puts the agent on it. @returns the issue and the run */
export async function fileDemoIssue(
  api: Api,
  agentId: string,
  checkout: string,
): Promise<{number: number; identifier: string; taskId: string}> {
  const issue = await api.createIssue({
    title: `Tell a newcomer what ${basename(checkout)} is made of`,
    description: `Inspect the checkout at \`${checkout}\`: its history, its layout, where the weight is, its longest files, what is left to do, and what it depends on. Report the findings as a comment.`,
    status: 'todo',
    assignee_type: 'agent',
    assignee_id: agentId,
  })
  if (!issue.enqueued_task_id)
    throw new Error(issue.enqueue_error ?? 'the server did not start a run')
  return {number: issue.number, identifier: issue.identifier, taskId: issue.enqueued_task_id}
}
