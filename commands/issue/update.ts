import {Args, Flags} from '@oclif/core'
import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {issueFieldFlags, parseLocalDir, parseStatus} from '../../src/cli/issue-flags.js'
import {formatChangedIssue} from '../../src/cli/issue-output.js'
import {maxCostFlag, parseCost} from '../../src/cli/parse-cost.js'
import {readTextFlag} from '../../src/cli/read-text.js'
import {listActors, resolveActor} from '../../src/cli/resolve-actor.js'
import {invalid} from '../../src/errors.js'
import type {IssueChange} from '../../src/protocol/issue.js'

export default class IssueUpdate extends BaseCommand {
  static override description = 'Change fields of an issue; what is not named stays as it is'
  static override examples = [
    '<%= config.bin %> issue update LOC-3 --priority high --title "Sign-in fails"',
    '<%= config.bin %> issue update LOC-3 --description ""',
    '<%= config.bin %> issue update LOC-3 --dir ~/src/app --worktree',
    '<%= config.bin %> issue update LOC-3 --no-dir',
  ]
  static override args = {issue: Args.string({description: 'LOC-3 or its id', required: true})}
  static override flags = {
    title: Flags.string({description: 'what it is about, in one line'}),
    ...issueFieldFlags,
    'no-dir': Flags.boolean({
      description: 'work in a folder of the run again',
      exclusive: ['dir'],
    }),
    'max-cost': maxCostFlag,
    ...outputFlags('json'),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(IssueUpdate)
    const {title, status, priority, 'due-date': dueDate, assignee} = flags
    const description = await readTextFlag('description', flags)
    const maxCost = flags['max-cost']
    const named = flags.dir ? parseLocalDir(flags.dir, flags.worktree) : undefined
    const folder = flags['no-dir'] ? null : named
    const given = [title, status, priority, dueDate, assignee, description, maxCost, folder]
    if (given.every((value) => value === undefined)) {
      throw invalid(
        'no fields to update; use flags like --title, --status, --priority, --assignee, etc.',
      )
    }
    const api = await this.workspaceApi()
    const actor =
      assignee === undefined
        ? undefined
        : resolveActor(assignee, await listActors(api, this.settings.workspaceId))
    const change: IssueChange = {
      title,
      description,
      status: status === undefined ? undefined : parseStatus(status),
      priority,
      ...(dueDate !== undefined && {due_date: dueDate}),
      ...(maxCost !== undefined && {max_cost_usd: parseCost(maxCost, '--max-cost')}),
      ...(folder !== undefined && {local_dir: folder}),
      ...(actor && {assignee_type: actor.type, assignee_id: actor.id}),
    }
    const issue = await this.trying('update issue', api.updateIssue(args.issue, change))
    if (issue.enqueue_error) this.logToStderr(`No run was started: ${issue.enqueue_error}`)
    this.print(flags, issue, () => formatChangedIssue(issue))
  }
}
