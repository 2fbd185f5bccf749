import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {formatTable} from '../../src/cli/format-table.js'
import {openConfig} from '../../src/settings/config-file.js'
import {processEnvironment} from '../../src/settings/environment.js'

export default class WorkspaceList extends BaseCommand {
  static override description = 'List your workspaces and which of them this machine serves'
  static override examples = ['<%= config.bin %> workspace list']
  static override flags = {...outputFlags('table')}

  async run(): Promise<void> {
    const {flags} = await this.parse(WorkspaceList)
    const workspaces = await this.trying('list workspaces', this.api().workspaces())
    const {watched_workspaces: list = []} = openConfig(
      this.settings.profile,
      processEnvironment(),
    ).read()
    const watched = new Set(list.map(({id}) => id))
    const rows = workspaces.map(({id, name}) => [id, name, watched.has(id) ? '*' : ''])
    this.print(flags, workspaces, () => formatTable(['ID', 'NAME', 'WATCHING'], rows))
  }
}
