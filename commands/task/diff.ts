import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {diffRemarks, formatDiff, formatNames, formatStat} from '../../src/cli/diff-output.js'
import {findTask} from '../../src/cli/tail/find-task.js'
import {wantsColour, writeOut} from '../../src/cli/write-out.js'
import {AppError} from '../../src/errors.js'
import {isTerminal, type Task} from '../../src/protocol/task.js'
import {patchOf, type TaskDiff} from '../../src/protocol/task-diff.js'

export default class TaskDiffCommand extends BaseCommand {
  static override summary = 'Show what a run has changed in its git checkouts'
  static override description =
    'The diff of the files as the run has left them against the commit on which it began, with what is in no commit. In a pipe it is a patch as git apply takes it, and what it leaves out (binary and large files) is named on standard error.'
  static override examples = [
    '<%= config.bin %> task diff LOC-3',
    '<%= config.bin %> task diff LOC-3 --stat',
    '<%= config.bin %> task diff 3f0c2a1e-… | git apply',
  ]
  static override args = {
    task: Args.string({
      description: 'id of a run, or an issue for its newest run',
      required: true,
    }),
  }
  static override flags = {
    stat: Flags.boolean({
      description: 'files and counts of lines',
      exclusive: ['name-only', 'json'],
    }),
    'name-only': Flags.boolean({description: 'only the paths', exclusive: ['json']}),
    json: Flags.boolean({description: 'all of it as JSON'}),
    checkout: Flags.string({description: 'only of this checkout, by the name of its folder'}),
    color: Flags.boolean({description: 'colours on a terminal', default: true, allowNo: true}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(TaskDiffCommand)
    const api = await this.workspaceApi()
    const task = await this.trying('diff', findTask(api, args.task))
    requireDiff(task)
    const diff = onlyOf(await this.trying('diff', api.taskDiff(task.id)), flags.checkout)
    const colour = wantsColour(flags.color)
    const {signal} = this
    if (flags.json) return writeOut(`${JSON.stringify(diff, null, 2)}\n`, signal)
    if (flags.stat) return writeOut(formatStat(diff, colour), signal)
    if (flags['name-only']) return writeOut(formatNames(diff), signal)
    if (process.stdout.isTTY) return writeOut(formatDiff(diff, colour), signal)
    await writeOut(patchOf(diff), signal)
    for (const remark of diffRemarks(diff)) this.logToStderr(remark)
  }
}

function requireDiff(task: Task): void {
  if (task.diff) return
  throw new AppError(
    'not_found',
    isTerminal(task.status)
      ? `run ${task.id} has worked in no git checkout`
      : `run ${task.id} is ${task.status}; its changes are gathered when it ends`,
  )
}

function onlyOf(diff: TaskDiff, name: string | undefined): TaskDiff {
  if (name === undefined) return diff
  const checkouts = diff.checkouts.filter((checkout) => checkout.name === name)
  if (checkouts.length > 0) return {...diff, checkouts}
  const known = diff.checkouts.map((checkout) => checkout.name).join(', ')
  throw new AppError('not_found', `the run has no checkout "${name}" (it has: ${known})`)
}
