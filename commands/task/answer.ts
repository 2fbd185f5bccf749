import {Args, Flags} from '@oclif/core'
import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {findRequest} from '../../src/cli/find-request.js'
import {parseAnswers} from '../../src/cli/parse-answers.js'
import {formatAnswered, formatRequests} from '../../src/cli/request-output.js'
import {findTask} from '../../src/cli/tail/find-task.js'
import {invalid} from '../../src/errors.js'

export default class TaskAnswer extends BaseCommand {
  static override summary = 'Answer the questions of a running agent'
  static override description =
    `One answer for each question, in their order: the number or the label of an option, or your own words. Where several options may be chosen, write them with commas between them. "" leaves out what is optional.

Without answers the questions are shown.`
  static override examples = [
    '<%= config.bin %> task answer LOC-3',
    '<%= config.bin %> task answer LOC-3 "Blue" "because of the logo"',
    '<%= config.bin %> task answer LOC-3 2 --request 4f0c2a1e',
  ]
  static override strict = false
  static override args = {
    task: Args.string({
      description: 'id of a run, or an issue for its newest run',
      required: true,
    }),
    answers: Args.string({description: 'an answer for each question'}),
  }
  static override flags = {
    request: Flags.string({description: 'which request; not needed when there is only one'}),
    ...outputFlags('table'),
  }

  async run(): Promise<void> {
    const {args, argv, flags} = await this.parse(TaskAnswer)
    const api = await this.workspaceApi()
    const task = await this.trying('answer', findTask(api, args.task))
    const request = await this.trying('answer', findRequest(api, task, flags.request))
    const given = (argv as string[]).slice(1)
    if (given.length === 0) return this.print(flags, request, () => formatRequests([request]))
    if (request.payload.kind !== 'question') {
      throw invalid('this request wants a yes or a no: use task approve or task deny', 'answers')
    }
    const answers = parseAnswers(request.payload.questions, given)
    const call = api.answerRequest(task.id, request.id, {outcome: 'answer', answers})
    const answered = await this.trying('answer', call)
    this.print(flags, answered, () => formatAnswered(answered))
  }
}
