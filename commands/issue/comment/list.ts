import {Args} from '@oclif/core'
import {BaseCommand, outputFlags} from '../../../src/cli/base-command.js'
import {formatComments} from '../../../src/cli/issue-output.js'

export default class IssueCommentList extends BaseCommand {
  static override description = 'List the comments of an issue, oldest first'
  static override examples = ['<%= config.bin %> issue comment list LOC-3 --json']
  static override args = {issue: Args.string({description: 'LOC-3 or its id', required: true})}
  static override flags = {...outputFlags('table')}

  async run(): Promise<void> {
    const {args, flags} = await this.parse(IssueCommentList)
    const api = await this.workspaceApi()
    const comments = await this.trying('list comments', api.comments(args.issue))
    this.print(flags, comments, () => formatComments(comments))
  }
}
