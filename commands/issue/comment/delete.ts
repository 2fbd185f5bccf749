import {Args} from '@oclif/core'
import {BaseCommand} from '../../../src/cli/base-command.js'

export default class IssueCommentDelete extends BaseCommand {
  static override description = 'Delete a comment and the answers to it'
  static override examples = ['<%= config.bin %> issue comment delete 3f0c2a1e-…']
  static override args = {comment: Args.string({description: 'id of the comment', required: true})}

  async run(): Promise<void> {
    const {args} = await this.parse(IssueCommentDelete)
    const api = await this.workspaceApi()
    await this.trying('delete comment', api.deleteComment(args.comment))
    this.logToStderr(`Comment ${args.comment} deleted.`)
  }
}
