import {Args, Flags} from '@oclif/core'
import ora from 'ora'
import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {cancelTask} from '../../src/cli/cancel-task.js'
import {findTask} from '../../src/cli/tail/find-task.js'
import {formatTask} from '../../src/cli/task-output.js'
import {formatElapsed} from '../../src/cli/units.js'
import {parseDuration} from '../../src/settings/duration.js'

export default class TaskCancel extends BaseCommand {
  static override summary = 'Stop a run with all its processes'
  static override description =
    'Waits until the machine of the run has confirmed that nothing of it is alive; exit code 124 when that takes too long.'
  static override examples = [
    '<%= config.bin %> task cancel LOC-3',
    '<%= config.bin %> task cancel 3f0c2a1e-… --no-wait',
  ]
  static override args = {
    task: Args.string({
      description: 'id of a run, or an issue for its newest run',
      required: true,
    }),
  }
  static override flags = {
    wait: Flags.boolean({description: 'wait for the confirmation', default: true, allowNo: true}),
    timeout: Flags.string({description: 'how long to wait for it', default: '20s'}),
    ...outputFlags('table'),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(TaskCancel)
    const waitMs = flags.wait ? parseDuration(flags.timeout, '--timeout') : 0
    const api = await this.workspaceApi()
    const {id} = await this.trying('cancel task', findTask(api, args.task))
    const spinner = ora({text: 'stopping the agent …', discardStdin: false})
    if (process.stderr.isTTY) spinner.start()
    const cancelling = cancelTask(api, id, {waitMs, signal: this.signal})
    const {task, tookMs} = await this.trying('cancel task', cancelling).finally(() =>
      spinner.stop(),
    )
    this.logToStderr(
      tookMs === undefined
        ? `Task ${id} is being cancelled.`
        : `Task ${id} is cancelled and nothing of it runs any more (${formatElapsed(tookMs)}).`,
    )
    this.print(flags, task, () => formatTask(task, Date.now()))
  }
}
