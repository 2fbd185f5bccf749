import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {formatTable} from '../../src/cli/format-table.js'

export default class RuntimeList extends BaseCommand {
  static override description = 'List the programs and machines that agents can run on'
  static override examples = ['<%= config.bin %> runtime list']
  static override flags = {...outputFlags('table')}

  async run(): Promise<void> {
    const {flags} = await this.parse(RuntimeList)
    const api = await this.workspaceApi()
    const runtimes = await this.trying('list runtimes', api.runtimes())
    const rows = runtimes.map((runtime) => [
      runtime.id,
      runtime.name,
      runtime.provider,
      runtime.status,
      runtime.last_seen_at?.slice(0, 19),
      runtime.device_info,
    ])
    this.print(flags, runtimes, () =>
      formatTable(['ID', 'NAME', 'PROVIDER', 'STATUS', 'LAST SEEN', 'DEVICE'], rows),
    )
  }
}
