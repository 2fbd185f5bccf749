import {Args, Flags} from '@oclif/core'
import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {formatChangedIssue} from '../../src/cli/issue-output.js'
import {listActors, resolveActor} from '../../src/cli/resolve-actor.js'
import {invalid} from '../../src/errors.js'

export default class IssueAssign extends BaseCommand {
  static override summary = 'Put an agent or a person on an issue'
  static override description =
    'An agent starts at once when the issue has status todo. Runs of the one before are cancelled.'
  static override examples = [
    '<%= config.bin %> issue assign LOC-3 --to claude',
    '<%= config.bin %> issue assign LOC-3 --unassign',
  ]
  static override args = {issue: Args.string({description: 'LOC-3 or its id', required: true})}
  static override flags = {
    to: Flags.string({description: 'agent or person, by name or id'}),
    unassign: Flags.boolean({description: 'leave it to nobody'}),
    ...outputFlags('json'),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(IssueAssign)
    if (flags.to && flags.unassign) throw invalid('--to and --unassign are mutually exclusive')
    if (!flags.to && !flags.unassign) throw invalid('provide --to <name> or --unassign')
    const api = await this.workspaceApi()
    const actor = flags.to
      ? resolveActor(flags.to, await listActors(api, this.settings.workspaceId))
      : undefined
    const change = {assignee_type: actor?.type ?? null, assignee_id: actor?.id ?? null}
    const issue = await this.trying('assign issue', api.updateIssue(args.issue, change))
    this.logToStderr(
      actor
        ? `Issue ${issue.identifier} assigned to ${actor.name}.`
        : `Issue ${issue.identifier} unassigned.`,
    )
    if (issue.enqueue_error) this.logToStderr(`No run was started: ${issue.enqueue_error}`)
    this.print(flags, issue, () => formatChangedIssue(issue))
  }
}
