import {Args, Flags} from '@oclif/core'
import {BaseCommand, outputFlags} from '../../../src/cli/base-command.js'
import {formatComments} from '../../../src/cli/issue-output.js'
import {readTextFlag} from '../../../src/cli/read-text.js'
import {requireRun} from '../../../src/cli/tail/require-run.js'
import {followFlags, runTail} from '../../../src/cli/tail/run-tail.js'
import {invalid} from '../../../src/errors.js'

export default class IssueCommentAdd extends BaseCommand {
  static override summary = 'Comment on an issue'
  static override description =
    `A person's comment starts the issue's agent again, with the same session.

With --follow the run is shown until it ends, and its result is the exit code, as with task tail.`
  static override examples = [
    '<%= config.bin %> issue comment add LOC-3 --content "Add a test for it, please" --follow',
    'git log -5 | <%= config.bin %> issue comment add LOC-3 --content-file -',
  ]
  static override args = {issue: Args.string({description: 'LOC-3 or its id', required: true})}
  static override flags = {
    content: Flags.string({
      description: 'text of the comment, Markdown',
      exclusive: ['content-file'],
    }),
    'content-file': Flags.string({description: 'file with the text; - for standard input'}),
    parent: Flags.string({description: 'id of the comment that this one answers'}),
    follow: Flags.boolean({description: 'show the run until it ends', default: false}),
    ...followFlags,
    ...outputFlags('json'),
  }

  async run(): Promise<void> {
    const {args, flags, metadata} = await this.parse(IssueCommentAdd)
    const content = await readTextFlag('content', flags)
    if (!content?.trim()) throw invalid('--content is required', 'content')
    const api = await this.workspaceApi()
    const body = {content, ...(flags.parent && {parent_id: flags.parent})}
    const comment = await this.trying('add comment', api.addComment(args.issue, body))
    this.logToStderr(`Comment added to issue ${args.issue}.`)
    if (!flags.follow) return this.print(flags, comment, () => formatComments([comment]))
    const asJson = flags.json || (flags.output === 'json' && !metadata.flags.output?.setFromDefault)
    process.exitCode = await runTail(api, {
      named: requireRun(comment),
      flags,
      format: asJson ? 'json' : 'lines',
      signal: this.signal,
    })
  }
}
