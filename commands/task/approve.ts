import {Args} from '@oclif/core'
import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {findRequest} from '../../src/cli/find-request.js'
import {formatAnswered} from '../../src/cli/request-output.js'
import {findTask} from '../../src/cli/tail/find-task.js'

export default class TaskApprove extends BaseCommand {
  static override summary = 'Allow what a running agent asks for'
  static override description =
    'The first answer counts: if somebody was faster, this says who, and nothing changes.'
  static override examples = [
    '<%= config.bin %> task approve LOC-3',
    '<%= config.bin %> task approve LOC-3 4f0c2a1e',
  ]
  static override args = {
    task: Args.string({
      description: 'id of a run, or an issue for its newest run',
      required: true,
    }),
    request: Args.string({description: 'which request; not needed when there is only one'}),
  }
  static override flags = {...outputFlags('table')}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(TaskApprove)
    const api = await this.workspaceApi()
    const task = await this.trying('approve', findTask(api, args.task))
    const {id} = await this.trying('approve', findRequest(api, task, args.request))
    const answer = api.answerRequest(task.id, id, {outcome: 'allow'})
    const request = await this.trying('approve', answer)
    this.print(flags, request, () => formatAnswered(request))
  }
}
