import {Args} from '@oclif/core'
import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {parseStatus} from '../../src/cli/issue-flags.js'
import {ISSUE_STATUSES} from '../../src/protocol/issue.js'

export default class IssueStatusCommand extends BaseCommand {
  static override description = 'Set the status of an issue'
  static override examples = ['<%= config.bin %> issue status LOC-3 done']
  static override args = {
    issue: Args.string({description: 'LOC-3 or its id', required: true}),
    status: Args.string({description: ISSUE_STATUSES.join(', '), required: true}),
  }
  static override flags = {...outputFlags('table')}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(IssueStatusCommand)
    const status = parseStatus(args.status)
    const api = await this.workspaceApi()
    const issue = await this.trying('update status', api.updateIssue(args.issue, {status}))
    this.logToStderr(`Issue ${issue.identifier} status changed to ${issue.status}.`)
    this.print(flags, issue, () => '')
  }
}
