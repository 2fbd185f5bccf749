import {Flags} from '@oclif/core'
import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {DISK_FLAGS} from '../../src/cli/disk-flags.js'
import {formatRemovals} from '../../src/cli/disk-output.js'
import {formatBytes} from '../../src/cli/units.js'
import {openKeeper} from '../../src/daemon/disk/open-keeper.js'
import {describeRemoval} from '../../src/daemon/disk/usage-report.js'

export default class DaemonClean extends BaseCommand {
  static override summary = 'Remove what the daemon need not keep, now'
  static override description =
    `Does what the daemon does by itself every ten minutes, with the limits of the one that runs or those given here. Nothing goes that a run works in or that the server has not acknowledged; checkouts whose work is not pushed go for their age only.`
  static override examples = [
    '<%= config.bin %> daemon clean --dry-run',
    '<%= config.bin %> daemon clean --disk-quota 0',
  ]
  static override flags = {
    ...DISK_FLAGS,
    'dry-run': Flags.boolean({description: 'only tell what would go', default: false}),
    ...outputFlags('table'),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(DaemonClean)
    const dry = flags['dry-run']
    const {keeper} = await openKeeper(this.settings, flags)
    const removals = dry
      ? await keeper.preview(await keeper.inventory())
      : await keeper.sweep(this.signal)
    const entries = removals.map(describeRemoval)
    this.print(flags, entries, () => formatRemovals(entries))
    const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0)
    this.logToStderr(`${dry ? 'Would free' : 'Freed'} ${formatBytes(bytes)}.`)
  }
}
