import {Args, Flags} from '@oclif/core'
import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {issueFieldFlags, parseStatus} from '../../src/cli/issue-flags.js'
import {formatChangedIssue} from '../../src/cli/issue-output.js'
import {readTextFlag} from '../../src/cli/read-text.js'
import {listActors, resolveActor} from '../../src/cli/resolve-actor.js'
import {invalid} from '../../src/errors.js'
import type {IssueChange} from '../../src/protocol/issue.js'

export default class IssueUpdate extends BaseCommand {
  static override description = 'Change fields of an issue; what is not named stays as it is'
  static override examples = [
    '<%= config.bin %> issue update LOC-3 --priority high --title "Sign-in fails"',
    '<%= config.bin %> issue update LOC-3 --description ""',
  ]
  static override args = {issue: Args.string({description: 'LOC-3 or its id', required: true})}
  static override flags = {
    title: Flags.string({description: 'what it is about, in one line'}),
    ...issueFieldFlags,
    ...outputFlags('json'),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(IssueUpdate)
    const {title, status, priority, 'due-date': dueDate, assignee} = flags
    const description = await readTextFlag('description', flags)
    const given = [title, status, priority, dueDate, assignee, description]
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
      ...(actor && {assignee_type: actor.type, assignee_id: actor.id}),
    }
    const issue = await this.trying('update issue', api.updateIssue(args.issue, change))
    if (issue.enqueue_error) this.logToStderr(`No run was started: ${issue.enqueue_error}`)
    this.print(flags, issue, () => formatChangedIssue(issue))
  }
}
