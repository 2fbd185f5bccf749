import {Args, Flags} from '@oclif/core'
import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {findRequest} from '../../src/cli/find-request.js'
import {formatAnswered} from '../../src/cli/request-output.js'
import {findTask} from '../../src/cli/tail/find-task.js'

export default class TaskDeny extends BaseCommand {
  static override summary = 'Refuse what a running agent asks for'
  static override description =
    'The agent is told, and goes on in another way if it can. The first answer counts: if somebody was faster, this says who, and nothing changes.'
  static override examples = [
    '<%= config.bin %> task deny LOC-3 --reason "not on the main branch"',
    '<%= config.bin %> task deny LOC-3 4f0c2a1e',
  ]
  static override args = {
    task: Args.string({
      description: 'id of a run, or an issue for its newest run',
      required: true,
    }),
    request: Args.string({description: 'which request; not needed when there is only one'}),
  }
  static override flags = {
    reason: Flags.string({description: 'what the agent is told'}),
    ...outputFlags('table'),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(TaskDeny)
    const api = await this.workspaceApi()
    const task = await this.trying('deny', findTask(api, args.task))
    const {id} = await this.trying('deny', findRequest(api, task, args.request))
    const answer = {outcome: 'deny', ...(flags.reason && {message: flags.reason})} as const
    const request = await this.trying('deny', api.answerRequest(task.id, id, answer))
    this.print(flags, request, () => formatAnswered(request))
  }
}
