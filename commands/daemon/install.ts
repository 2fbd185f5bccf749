import {mkdir} from 'node:fs/promises'
import {dirname} from 'node:path'
import {Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {daemonFlags} from '../../src/cli/daemon-flags.js'
import {describeService, managerOf} from '../../src/cli/daemon-service.js'
import {checkDaemonStart} from '../../src/cli/launch-daemon.js'
import {requireRestartable} from '../../src/daemon/restart.js'
import {runSteps} from '../../src/daemon/service/run-steps.js'
import {stopDaemon} from '../../src/daemon/stop-daemon.js'
import {waitUntilUp} from '../../src/daemon/wait-until-up.js'
import {processStartTime} from '../../src/process-tree/process-table.js'
import {replaceFile} from '../../src/replace-file.js'
import {processEnvironment} from '../../src/settings/environment.js'

const LIMIT_MS = 15_000

export default class DaemonInstall extends BaseCommand {
  static override description =
    'Let the system start the daemon at every login: a systemd user unit, or a launchd agent on macOS'
  static override examples = [
    '<%= config.bin %> daemon install',
    '<%= config.bin %> daemon install --max-concurrent-tasks 2 --print',
  ]
  static override flags = {
    ...daemonFlags,
    print: Flags.boolean({description: 'write the file to standard output and change nothing'}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(DaemonInstall)
    const {settings, signal} = this
    const env = processEnvironment()
    const manager = managerOf(settings, env)
    const text = manager.render(await describeService(settings, flags, env))
    if (flags.print) {
      this.log(text.trimEnd())
      return
    }
    const warning = await checkDaemonStart(settings, flags)
    if (warning) this.logToStderr(`Warning: ${warning}`)
    const processStart = processStartTime
    await requireRestartable(settings, processStart)
    await mkdir(dirname(manager.path), {recursive: true})
    await replaceFile(manager.path, text)
    await stopDaemon(settings, {processStart, limitMs: LIMIT_MS, signal})
    await runSteps(manager.start, signal)
    const status = await waitUntilUp(settings, {processStart, signal})
    this.logToStderr(`Installed ${manager.path}`)
    this.logToStderr(`Daemon started (pid ${status.pid})`)
    if (manager.hint) this.logToStderr(manager.hint)
  }
}
