import {Args} from '@oclif/core'
import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {formatIssue} from '../../src/cli/issue-output.js'
import {wantsJson} from '../../src/cli/output-flags.js'
import {listActors} from '../../src/cli/resolve-actor.js'

export default class IssueGet extends BaseCommand {
  static override description = 'Show one issue'
  static override examples = ['<%= config.bin %> issue get LOC-3 --output table']
  static override args = {issue: Args.string({description: 'LOC-3 or its id', required: true})}
  static override flags = {...outputFlags('json')}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(IssueGet)
    const api = await this.workspaceApi()
    const issue = await this.trying('get issue', api.issue(args.issue))
    const actors = wantsJson(flags) ? [] : await listActors(api, this.settings.workspaceId)
    this.print(flags, issue, () => formatIssue(issue, actors))
  }
}
