import assert from 'node:assert/strict'
import type {ServerContext} from '../../server/context.js'
import type {Agent} from '../../server/models/agent.js'
import type {Issue} from '../../server/models/issue.js'
import type {Runtime} from '../../server/models/runtime.js'
import type {Task} from '../../server/models/task.js'
import type {TaskHolder} from '../../server/services/task-holder.js'
import {createServices, type Services} from '../../server/services.js'
import type {ClaimedTask, TaskStatus} from '../../src/protocol/task.js'
import {createServiceFixture, type ServiceFixture} from './service-fixture.js'
import type {TestDatabase} from './test-database.js'

interface TaskOptions {
  issueId?: string
  status?: TaskStatus
  priority?: number
  runtimeId?: string
}

/** Services on a workspace of their own, with short ways to rows that tests want to find there. */
export interface WorkBench extends ServiceFixture, Services {
  addIssue(
    options?: Partial<Pick<Issue, 'status' | 'assignee_type' | 'assignee_id'>>,
  ): Promise<Issue>
  addTask(agent: Agent, options?: TaskOptions): Promise<Task>
  /** Messages first..last of a task. */
  addMessages(taskId: string, first: number, last: number): Promise<void>
  claimFor(runtime: Runtime): Promise<ClaimedTask>
  /** What a request with the task's present token would be let in as. */
  holder(taskId: string, byToken?: boolean): Promise<TaskHolder>
  row(taskId: string): Promise<Task>
}

export async function createWorkBench(database: TestDatabase): Promise<WorkBench> {
  const fixture = await createServiceFixture(database)
  const {context} = fixture
  const services = createServices(context)
  let number = 1000
  const addIssue: WorkBench['addIssue'] = (options = {}) =>
    context.db.models.Issue.create({
      workspace_id: fixture.workspaceId,
      number: ++number,
      title: `Issue ${number}`,
      status: 'todo',
      creator_type: 'member',
      creator_id: fixture.ownerId,
      created_at: context.now(),
      ...options,
    })
  const row = async (taskId: string): Promise<Task> => {
    const found = await context.db.models.Task.findByPk(taskId)
    assert.ok(found)
    return found
  }
  return {
    ...fixture,
    ...services,
    addIssue,
    row,
    addTask: (agent, options = {}) => addTask(context, agent, options, addIssue),
    async addMessages(taskId, first, last) {
      for (let seq = first; seq <= last; seq++) {
        const payload = JSON.stringify({seq, type: 'text', content: `line ${seq}`})
        await context.db.models.TaskMessage.create({task_id: taskId, seq, type: 'text', payload})
      }
    },
    async claimFor(runtime) {
      const task = await services.claims.claim(runtime.owner_id ?? '', runtime.id)
      assert.ok(task, 'nothing to claim')
      return task
    },
    holder: async (taskId, byToken = true) => ({row: await row(taskId), byToken}),
  }
}

async function addTask(
  context: ServerContext,
  agent: Agent,
  options: TaskOptions,
  addIssue: WorkBench['addIssue'],
): Promise<Task> {
  return context.db.models.Task.create({
    workspace_id: agent.workspace_id,
    agent_id: agent.id,
    runtime_id: options.runtimeId ?? agent.runtime_id,
    issue_id: options.issueId ?? (await addIssue()).id,
    status: options.status ?? 'queued',
    priority: options.priority ?? 0,
    created_at: context.now(),
  })
}
