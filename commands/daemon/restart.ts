import {BaseCommand} from '../../src/cli/base-command.js'
import {daemonFlags} from '../../src/cli/daemon-flags.js'
import {managerOf} from '../../src/cli/daemon-service.js'
import {
  checkDaemonStart,
  describeStart,
  launchDaemon,
  mergeFlags,
} from '../../src/cli/launch-daemon.js'
import {requireRestartable, sameServer} from '../../src/daemon/restart.js'
import {runSteps} from '../../src/daemon/service/run-steps.js'
import {stillStopping, stopDaemon} from '../../src/daemon/stop-daemon.js'
import {waitUntilUp} from '../../src/daemon/wait-until-up.js'
import {processStartTime} from '../../src/process-tree/process-table.js'
import {processEnvironment} from '../../src/settings/environment.js'

const LIMIT_MS = 15_000

export default class DaemonRestart extends BaseCommand {
  static override description =
    'Stop the daemon and start it again, with the flags it had; running tasks go on'
  static override examples = [
    '<%= config.bin %> daemon restart',
    '<%= config.bin %> daemon restart --max-concurrent-tasks 4',
  ]
  static override flags = {...daemonFlags}

  async run(): Promise<void> {
    const {flags} = await this.parse(DaemonRestart)
    const {signal} = this
    const processStart = processStartTime
    const earlier = await requireRestartable(this.settings, processStart)
    const settings = this.serverUrlFlag ? this.settings : sameServer(this.settings, earlier)
    const warning = await checkDaemonStart(settings, flags)
    if (warning) this.logToStderr(`Warning: ${warning}`)
    if (earlier?.mode === 'service') {
      await runSteps(managerOf(settings, processEnvironment()).restart, signal)
      const status = await waitUntilUp(settings, {processStart, signal, not: earlier.pid})
      for (const line of describeStart(status, 'restarted')) this.logToStderr(line)
      return
    }
    const {stopped} = await stopDaemon(settings, {processStart, limitMs: LIMIT_MS, signal})
    if (earlier && !stopped) throw stillStopping(earlier.pid, settings.logPath)
    const words = mergeFlags(earlier?.flags ?? [], flags)
    const status = await launchDaemon(settings, words, signal)
    const verb = earlier ? 'restarted' : 'started'
    for (const line of describeStart(status, verb)) this.logToStderr(line)
  }
}
