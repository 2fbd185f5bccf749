import {Args, Flags} from '@oclif/core'
import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {maxCostFlag, parseCost} from '../../src/cli/parse-cost.js'
import {findTask} from '../../src/cli/tail/find-task.js'
import {followFlags, runTail} from '../../src/cli/tail/run-tail.js'
import {formatTask} from '../../src/cli/task-output.js'

export default class TaskRetry extends BaseCommand {
  static override summary = 'Run again what an ended run was to do'
  static override description =
    `The agent begins afresh, because one that goes on in its old session tends to repeat its answer; --resume lets it go on there. Runs that were lost with their machine are tried again by themselves, twice at most.

With --follow the new run is shown until it ends, and its result is the exit code, as with task tail.`
  static override examples = [
    '<%= config.bin %> task retry LOC-3 --follow',
    '<%= config.bin %> task retry 3f0c2a1e-… --resume',
  ]
  static override args = {
    task: Args.string({
      description: 'id of a run, or an issue for its newest run',
      required: true,
    }),
  }
  static override flags = {
    resume: Flags.boolean({description: 'go on in the session of the earlier run', default: false}),
    'max-cost': maxCostFlag,
    follow: Flags.boolean({description: 'show the run until it ends', default: false}),
    ...followFlags,
    ...outputFlags('table'),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(TaskRetry)
    const api = await this.workspaceApi()
    const {id} = await this.trying('retry task', findTask(api, args.task))
    const maxCost = flags['max-cost']
    const how = {
      resume: flags.resume,
      ...(maxCost !== undefined && {max_cost_usd: parseCost(maxCost, '--max-cost')}),
    }
    const task = await this.trying('retry task', api.retryTask(id, how))
    this.logToStderr(`Task ${task.id} is attempt ${task.attempt}.`)
    if (!flags.follow) return this.print(flags, task, () => formatTask(task, Date.now()))
    process.exitCode = await runTail(api, {
      named: task.id,
      flags,
      format: flags.json || flags.output === 'json' ? 'json' : 'lines',
      signal: this.signal,
    })
  }
}
