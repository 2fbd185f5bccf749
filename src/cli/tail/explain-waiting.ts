import type {Api} from '../../client/api.js'
import type {Runtime} from '../../protocol/runtime.js'
import type {Task} from '../../protocol/task.js'
import {toOneLine} from '../safe-text.js'

/**
 * Why a queued task does not start yet, as a sentence. Best effort: what the server does not tell is
 * left out.
 */
export async function explainWaiting(api: Api, task: Task): Promise<string> {
  const agent = toOneLine(task.agent_name)
  const known = await Promise.all([api.runtimes(), api.agents(), activeTasks(api, task)]).catch(
    () => undefined,
  )
  const reason = known && reasonOf(task, ...known)
  return `waiting for ${agent} to be picked up by a daemon …${reason ? ` (${reason})` : ''}`
}

async function activeTasks(api: Api, task: Task): Promise<Task[]> {
  const {tasks} = await api.tasks({agent_id: task.agent_id, status: 'dispatched,running'})
  return tasks
}

function reasonOf(
  task: Task,
  runtimes: readonly Runtime[],
  agents: readonly {id: string; max_concurrent_tasks: number}[],
  active: readonly Task[],
): string | undefined {
  const runtime = runtimes.find(({id}) => id === task.runtime_id)
  if (runtime?.status === 'offline') {
    return `runtime ${toOneLine(runtime.name)} is offline; run "multica daemon start" on its machine`
  }
  const before = active.find(({issue_id}) => issue_id !== null && issue_id === task.issue_id)
  if (before) return `run ${before.id} of the same issue comes first`
  const limit = agents.find(({id}) => id === task.agent_id)?.max_concurrent_tasks
  if (limit !== undefined && active.length >= limit) {
    return `the agent has ${active.length} of ${limit} runs going on`
  }
  return undefined
}
