import {Args, Flags} from '@oclif/core'
import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {findRuntime} from '../../src/cli/find-agent.js'
import {formatRuntimeUsage} from '../../src/cli/usage-output.js'

export default class RuntimeUsage extends BaseCommand {
  static override summary = 'Show what an agent uses on a machine, day by day'
  static override description =
    "From the logs of Claude Code and Codex on that machine: everything that was done with them there, runs and a person's own sessions. It contains what the usage command shows of runs, so the two are not to be added."
  static override examples = ['<%= config.bin %> runtime usage claude --days 7']
  static override args = {
    runtime: Args.string({description: 'id, name or provider, see runtime list', required: true}),
  }
  static override flags = {
    days: Flags.integer({
      description: 'calendar days, today included',
      default: 30,
      min: 1,
      max: 365,
    }),
    ...outputFlags('table'),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(RuntimeUsage)
    const api = await this.workspaceApi()
    const {id} = findRuntime(args.runtime, await this.trying('runtime usage', api.runtimes()))
    const entries = await this.trying('runtime usage', api.runtimeUsage(id, flags.days))
    if (entries.length === 0)
      this.logToStderr('Nothing was used in these days, or its logs are not read.')
    this.print(flags, entries, () => formatRuntimeUsage(entries))
  }
}
