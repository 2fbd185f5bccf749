import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {formatTable} from '../../src/cli/format-table.js'
import {requireWorkspace} from '../../src/settings/require-workspace.js'

export default class RepoList extends BaseCommand {
  static override description = 'List the repositories that agents of the workspace may check out'
  static override examples = ['<%= config.bin %> repo list --json']
  static override flags = {...outputFlags('table')}

  async run(): Promise<void> {
    const {flags} = await this.parse(RepoList)
    const id = requireWorkspace(undefined, this.settings)
    const {repos} = await this.trying('list repositories', this.api().workspace(id))
    this.print(flags, repos, () =>
      formatTable(
        ['URL', 'DESCRIPTION'],
        repos.map(({url, description}) => [url, description]),
      ),
    )
  }
}
