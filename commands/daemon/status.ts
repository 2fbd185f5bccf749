import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {formatStatus} from '../../src/daemon/format-status.js'
import {readStatus} from '../../src/daemon/read-status.js'
import {processStartTime} from '../../src/process-tree/process-table.js'

export default class DaemonStatus extends BaseCommand {
  static override description = 'Show whether the daemon runs, what it does and where its files lie'
  static override examples = ['<%= config.bin %> daemon status --json']
  static override flags = {...outputFlags('table')}

  async run(): Promise<void> {
    const {flags} = await this.parse(DaemonStatus)
    const status = await readStatus(this.settings, processStartTime)
    this.print(flags, status, () => formatStatus(status).join('\n'))
  }
}
