import {Flags} from '@oclif/core'
import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {findAgent} from '../../src/cli/find-agent.js'
import {formatTasks} from '../../src/cli/task-output.js'
import {TASK_STATUSES} from '../../src/protocol/task.js'

export default class TaskList extends BaseCommand {
  static override description = 'List runs, newest first'
  static override examples = [
    '<%= config.bin %> task list --status queued --status running',
    '<%= config.bin %> task list --issue LOC-3 --json',
  ]
  static override flags = {
    status: Flags.option({
      options: TASK_STATUSES,
      multiple: true,
      description: 'only runs with this status',
    })(),
    agent: Flags.string({description: 'only of this agent, by name or id'}),
    issue: Flags.string({description: 'only of this issue'}),
    limit: Flags.integer({description: 'how many at most', default: 50, min: 1, max: 500}),
    ...outputFlags('table'),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(TaskList)
    const api = await this.workspaceApi()
    const agent = flags.agent ? findAgent(flags.agent, await api.agents()) : undefined
    const query = {
      status: flags.status?.join(','),
      agent_id: agent?.id,
      issue_id: flags.issue,
      limit: flags.limit,
    }
    const {tasks} = await this.trying('list tasks', api.tasks(query))
    this.print(flags, tasks, () => formatTasks(tasks, Date.now()))
  }
}
