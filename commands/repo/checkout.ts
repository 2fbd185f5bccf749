import {Args} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {requestCheckout} from '../../src/cli/request-checkout.js'
import {processEnvironment} from '../../src/settings/environment.js'

export default class RepoCheckout extends BaseCommand {
  static override summary = 'Check a repository of the workspace out, inside a task'
  static override description =
    'For agents. Makes a worktree of the default branch, on a branch of its own, in the current folder, and prints its path. One that an earlier run has left is brought up to date as far as nothing was done in it.'
  static override examples = ['<%= config.bin %> repo checkout https://github.com/team/app.git']
  static override args = {
    url: Args.string({description: 'address of the repository', required: true}),
  }

  async run(): Promise<void> {
    const {args} = await this.parse(RepoCheckout)
    const {path, branch_name, warning} = await requestCheckout(args.url, process.cwd(), {
      env: processEnvironment(),
      signal: this.signal,
    })
    if (warning) this.logToStderr(`Warning: ${warning}`)
    this.logToStderr(`Checked out ${args.url} on branch ${branch_name}.`)
    this.log(path)
  }
}
