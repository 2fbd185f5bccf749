import {Flags} from '@oclif/core'
import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {formatTaskUsage, formatUsage} from '../../src/cli/disk-output.js'
import {openKeeper} from '../../src/daemon/disk/open-keeper.js'
import {reportUsage} from '../../src/daemon/disk/usage-report.js'

export default class DaemonDiskUsage extends BaseCommand {
  static override summary = 'Show what the daemon keeps on the disk, every byte of it'
  static override description =
    'Counts allocated bytes, as du does. Works with and without a running daemon. "other" is what the daemon did not make or may not judge; it is never removed.'
  static override examples = [
    '<%= config.bin %> daemon disk-usage',
    '<%= config.bin %> daemon disk-usage --by task',
    '<%= config.bin %> daemon disk-usage --json',
  ]
  static override flags = {
    by: Flags.option({
      options: ['category', 'task'] as const,
      description: 'what a line stands for',
      default: 'category' as const,
    })(),
    ...outputFlags('table'),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(DaemonDiskUsage)
    const {keeper, limits} = await openKeeper(this.settings, {})
    const items = await keeper.inventory()
    const report = reportUsage(items, limits, await keeper.preview(items))
    this.print(flags, report, () =>
      flags.by === 'task' ? formatTaskUsage(report.tasks) : formatUsage(report),
    )
  }
}
