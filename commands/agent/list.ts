import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {formatTable} from '../../src/cli/format-table.js'

export default class AgentList extends BaseCommand {
  static override description = 'List the agents of the workspace'
  static override examples = ['<%= config.bin %> agent list --json']
  static override flags = {...outputFlags('table')}

  async run(): Promise<void> {
    const {flags} = await this.parse(AgentList)
    const api = await this.workspaceApi()
    const agents = await this.trying('list agents', api.agents())
    const rows = agents.map(({id, name, status, runtime_mode}) => [id, name, status, runtime_mode])
    this.print(flags, agents, () => formatTable(['ID', 'NAME', 'STATUS', 'RUNTIME'], rows))
  }
}
