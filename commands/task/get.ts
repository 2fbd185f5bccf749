import {Args} from '@oclif/core'
import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {formatRequests} from '../../src/cli/request-output.js'
import {findTask} from '../../src/cli/tail/find-task.js'
import {formatTask} from '../../src/cli/task-output.js'

export default class TaskGet extends BaseCommand {
  static override description = 'Show one run: status, times, usage, result'
  static override examples = ['<%= config.bin %> task get LOC-3 --json']
  static override args = {
    task: Args.string({
      description: 'id of a run, or an issue for its newest run',
      required: true,
    }),
  }
  static override flags = {...outputFlags('table')}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(TaskGet)
    const api = await this.workspaceApi()
    const task = await this.trying('get task', findTask(api, args.task))
    const requests = task.open_requests > 0 ? await api.requests(task.id, {status: 'open'}) : []
    this.print(flags, task, () =>
      [
        formatTask(task, Date.now()),
        ...requests.map((request) => `Asks:         ${formatRequests([request])}`),
      ].join('\n'),
    )
  }
}
