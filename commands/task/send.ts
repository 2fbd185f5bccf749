import {Args, Flags} from '@oclif/core'
import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {readTextFlag} from '../../src/cli/read-text.js'
import {describeInput, sendInput} from '../../src/cli/send-input.js'
import {findTask} from '../../src/cli/tail/find-task.js'
import {invalid} from '../../src/errors.js'

/** How long a sender waits for the agent to take the message. */
const WAIT_MS = 5000

export default class TaskSend extends BaseCommand {
  static override summary = 'Say something to a running agent'
  static override description =
    'The agent reads it while it works, where its protocol allows that; otherwise the message becomes a comment on the issue, which the next run reads. Either way it stands in the transcript or on the issue with your name.'
  static override examples = [
    '<%= config.bin %> task send LOC-3 "Leave the tests of the parser alone"',
    'git diff | <%= config.bin %> task send LOC-3 --text-file -',
  ]
  static override args = {
    task: Args.string({
      description: 'id of a run, or an issue for its newest run',
      required: true,
    }),
    text: Args.string({description: 'what to say'}),
  }
  static override flags = {
    'text-file': Flags.string({description: 'file with the words; - for standard input'}),
    ...outputFlags('table'),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(TaskSend)
    const text = await readTextFlag('text', {...flags, text: args.text})
    if (!text?.trim()) throw invalid('say what: multica task send <task> "text"', 'text')
    const api = await this.workspaceApi()
    const task = await this.trying('send', findTask(api, args.task))
    const sending = sendInput(api, task.id, text, {waitMs: WAIT_MS, signal: this.signal})
    const input = await this.trying('send', sending)
    this.print(flags, input, () => describeInput(input, task.issue_identifier))
  }
}
