import {Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {createNotes} from '../../src/cli/notes.js'
import {stopEverything} from '../../src/cli/stop-everything.js'
import {parseDuration} from '../../src/settings/duration.js'

export default class DaemonStop extends BaseCommand {
  static override summary = 'Stop the daemon and its agents'
  static override description =
    'No new task is taken, and running ones get some time to end by themselves. What still runs then is stopped and reported as stopped. Ctrl-C while it waits leaves everything running.'
  static override examples = [
    '<%= config.bin %> daemon stop',
    '<%= config.bin %> daemon stop --drain 10m',
    '<%= config.bin %> daemon stop --keep-tasks',
  ]
  static override flags = {
    drain: Flags.string({
      description: 'how long running tasks may take to end by themselves; 0 stops them at once',
      default: '30s',
    }),
    'keep-tasks': Flags.boolean({
      description: 'stop the daemon alone; running tasks go on, and the next daemon finds them',
      exclusive: ['drain'],
    }),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(DaemonStop)
    const drainMs = /^0s?$/.test(flags.drain) ? 0 : parseDuration(flags.drain, '--drain')
    await stopEverything({
      settings: this.settings,
      drainMs,
      keepTasks: flags['keep-tasks'],
      notes: createNotes(() => ''),
      signal: this.signal,
    })
  }
}
