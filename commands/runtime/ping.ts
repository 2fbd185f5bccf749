import {Args, Flags} from '@oclif/core'
import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'
import {createNotes} from '../../src/cli/notes.js'
import {describePing, waitForPing} from '../../src/cli/wait-for-ping.js'
import {AppError} from '../../src/errors.js'
import {parseDuration} from '../../src/settings/duration.js'

export default class RuntimePing extends BaseCommand {
  static override description = 'Ask the agent of a runtime for a word, and wait for it'
  static override examples = ['<%= config.bin %> runtime ping 7f4c…']
  static override args = {
    runtime: Args.string({
      description: 'id, or a provider that only one runtime has',
      required: true,
    }),
  }
  static override flags = {
    ...outputFlags('table'),
    timeout: Flags.string({description: 'longest wait', default: '3m'}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(RuntimePing)
    const notes = createNotes(() => '')
    const limitMs = parseDuration(flags.timeout, '--timeout')
    const api = await this.workspaceApi()
    notes.wait('Waiting for the agent …')
    const ping = await waitForPing(api, args.runtime, {limitMs, signal: this.signal}).finally(() =>
      notes.done(),
    )
    this.print(flags, ping, () => (ping.status === 'completed' ? describePing(ping) : ''))
    if (ping.status !== 'completed') throw new AppError('unavailable', describePing(ping))
  }
}
