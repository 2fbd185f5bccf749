import {Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {stopDaemon} from '../../src/daemon/stop-daemon.js'
import {stopWorkers} from '../../src/daemon/stop-workers.js'
import {AppError} from '../../src/errors.js'
import {processStartTime} from '../../src/process-tree/process-table.js'

const DAEMON_LIMIT_MS = 15_000
const WORKERS_LIMIT_MS = 20_000

export default class DaemonStop extends BaseCommand {
  static override description = 'Stop the daemon; running tasks go on unless told otherwise'
  static override examples = [
    '<%= config.bin %> daemon stop',
    '<%= config.bin %> daemon stop --stop-tasks',
  ]
  static override flags = {
    'stop-tasks': Flags.boolean({description: 'stop the running agents too'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(DaemonStop)
    const {settings, signal} = this
    const processStart = processStartTime
    const result = await stopDaemon(settings, {processStart, limitMs: DAEMON_LIMIT_MS, signal})
    if (!result.holder) this.logToStderr('Daemon is not running.')
    else if (result.stopped) this.logToStderr('Daemon stopped.')
    else throw stillStopping(result.holder.pid, settings.logPath)
    if (!flags['stop-tasks']) return
    const limitMs = WORKERS_LIMIT_MS
    const {stopped, remaining} = await stopWorkers(settings.stateDir, {processStart, limitMs})
    this.logToStderr(`Tasks stopped: ${stopped.length}`)
    for (const id of remaining) this.logToStderr(`Task ${id} is still reporting its end.`)
  }
}

function stillStopping(pid: number, logPath: string): AppError {
  return new AppError('unavailable', `daemon is still stopping (pid ${pid}); log: ${logPath}`)
}
