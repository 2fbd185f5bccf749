import {Flags} from '@oclif/core'
import {BaseCommand, outputFlags} from '../src/cli/base-command.js'
import {formatRunUsage} from '../src/cli/usage-output.js'
import {USAGE_GROUPS} from '../src/protocol/usage.js'

export default class Usage extends BaseCommand {
  static override summary = 'Show what the runs of the workspace have used and cost'
  static override description =
    'Of the runs that began in the last days (UTC, today included), as their agents report it. What no run reports is "-", never 0; where only some report costs, their number stands behind the sum.'
  static override examples = [
    '<%= config.bin %> usage',
    '<%= config.bin %> usage --days 7 --by model --json',
  ]
  static override flags = {
    days: Flags.integer({
      description: 'calendar days, today included',
      default: 30,
      min: 1,
      max: 365,
    }),
    by: Flags.option({options: USAGE_GROUPS, description: 'what makes a line', default: 'agent'})(),
    ...outputFlags('table'),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(Usage)
    const api = await this.workspaceApi()
    const usage = await this.trying('usage', api.usage({days: flags.days, by: flags.by ?? 'agent'}))
    this.print(flags, usage, () => formatRunUsage(usage))
  }
}
