import {once} from 'node:events'
import {Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {daemonFlags} from '../../src/cli/daemon-flags.js'
import {checkDaemonStart, describeStart, launchDaemon} from '../../src/cli/launch-daemon.js'
import {openLogFile} from '../../src/daemon/log-file.js'
import {startDaemon} from '../../src/daemon/start-daemon.js'
import {createLog} from '../../src/log.js'
import {type DaemonFlags, flagsToArgv} from '../../src/settings/daemon-settings.js'

export default class DaemonStart extends BaseCommand {
  static override description = 'Run agents on this machine, in the background'
  static override examples = [
    '<%= config.bin %> daemon start',
    '<%= config.bin %> daemon start --foreground --max-concurrent-tasks 2',
  ]
  static override flags = {
    ...daemonFlags,
    foreground: Flags.boolean({description: 'stay in this terminal'}),
    'log-file': Flags.string({hidden: true, dependsOn: ['foreground']}),
    service: Flags.boolean({hidden: true, dependsOn: ['log-file']}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(DaemonStart)
    if (flags.foreground) await this.#runHere(flags, flags['log-file'], flags.service)
    else await this.#runInBackground(flags)
  }

  async #runHere(flags: DaemonFlags, logFile?: string, service = false): Promise<void> {
    const {settings, signal} = this
    const log = createLog(settings.logLevel, logFile ? openLogFile(logFile) : undefined)
    const mode = service ? 'service' : logFile ? 'background' : 'foreground'
    const how = {mode, waitForRegistration: false} as const
    const daemon = await startDaemon({settings, flags, log, signal, ...how}).catch((error) => {
      // To be ended is no failure (contract §4.6), also while it is only starting.
      if (!signal.aborted) throw error
    })
    if (daemon && !signal.aborted) await once(signal, 'abort')
    await daemon?.stop({stopTasks: false})
  }

  async #runInBackground(flags: DaemonFlags): Promise<void> {
    const {settings, signal} = this
    const warning = await checkDaemonStart(settings, flags)
    if (warning) this.logToStderr(`Warning: ${warning}`)
    const status = await launchDaemon(settings, flagsToArgv(flags), signal)
    for (const line of describeStart(status, 'started')) this.logToStderr(line)
  }
}
