import {existsSync} from 'node:fs'
import {rm} from 'node:fs/promises'
import {BaseCommand} from '../../src/cli/base-command.js'
import {managerOf} from '../../src/cli/daemon-service.js'
import {runSteps} from '../../src/daemon/service/run-steps.js'
import {AppError} from '../../src/errors.js'
import {processEnvironment} from '../../src/settings/environment.js'

export default class DaemonUninstall extends BaseCommand {
  static override description =
    'No longer let the system start the daemon; it is stopped, and running tasks go on'
  static override examples = ['<%= config.bin %> daemon uninstall']

  async run(): Promise<void> {
    await this.parse(DaemonUninstall)
    const {settings, signal} = this
    const manager = managerOf(settings, processEnvironment())
    if (!existsSync(manager.path)) {
      throw new AppError('not_found', `${manager.path} is missing: the daemon is not installed`)
    }
    await runSteps(manager.stop, signal)
    await rm(manager.path)
    this.logToStderr(`Removed ${manager.path}`)
  }
}
