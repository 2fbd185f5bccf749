import {Args} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {AppError} from '../../src/errors.js'
import {requireWorkspace} from '../../src/settings/require-workspace.js'

export default class RepoRemove extends BaseCommand {
  static override description = 'Take a repository off the list that agents may check out'
  static override examples = ['<%= config.bin %> repo remove https://github.com/team/app.git']
  static override args = {
    url: Args.string({description: 'address, as repo list shows it', required: true}),
  }

  async run(): Promise<void> {
    const {args} = await this.parse(RepoRemove)
    const id = requireWorkspace(undefined, this.settings)
    const {repos} = await this.trying('remove repository', this.api().workspace(id))
    const next = repos.filter((repo) => repo.url !== args.url)
    if (next.length === repos.length) {
      throw new AppError('not_found', `${args.url} is not on the list; multica repo list shows it`)
    }
    await this.trying('remove repository', this.api().changeWorkspace(id, {repos: next}))
    this.logToStderr(`${args.url} is off the list.`)
  }
}
