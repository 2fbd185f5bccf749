import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {checkUrl} from '../../src/repos/names.js'
import {requireWorkspace} from '../../src/settings/require-workspace.js'

export default class RepoAdd extends BaseCommand {
  static override summary = 'Let agents of the workspace check a repository out'
  static override description =
    'Agents get it with "multica repo checkout". The daemon clones it with the credentials of its own user, so leave passwords out of the address. Adding it again changes its description.'
  static override examples = [
    '<%= config.bin %> repo add https://github.com/team/app.git --description "The web app"',
    '<%= config.bin %> repo add git@github.com:team/app.git',
  ]
  static override args = {
    url: Args.string({description: 'address of the repository, as for git clone', required: true}),
  }
  static override flags = {
    description: Flags.string({description: 'what it is, for agents to choose by', default: ''}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(RepoAdd)
    const url = checkUrl(args.url)
    const id = requireWorkspace(undefined, this.settings)
    const {repos} = await this.trying('add repository', this.api().workspace(id))
    const others = repos.filter((repo) => repo.url !== url)
    const next = [...others, {url, description: flags.description}]
    await this.trying('add repository', this.api().changeWorkspace(id, {repos: next}))
    this.logToStderr(`Agents may check out ${url}.`)
  }
}
