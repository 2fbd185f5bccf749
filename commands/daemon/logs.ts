import {existsSync} from 'node:fs'
import {Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {followLines, readLastLines} from '../../src/daemon/tail-file.js'
import {AppError} from '../../src/errors.js'

export default class DaemonLogs extends BaseCommand {
  static override description = 'Show what the daemon has logged'
  static override examples = ['<%= config.bin %> daemon logs --follow']
  static override flags = {
    follow: Flags.boolean({char: 'f', description: 'show what comes, too'}),
    lines: Flags.integer({char: 'n', description: 'lines from the end', default: 50, min: 0}),
  }

  async run(): Promise<void> {
    const {flags} = await this.parse(DaemonLogs)
    const {logPath} = this.settings
    if (!existsSync(logPath))
      throw new AppError('not_found', `${logPath} is missing: no daemon has run in the background`)
    // Somebody who reads an old log should see that it is one (fault L3).
    this.logToStderr(`Log: ${logPath}`)
    for (const line of await readLastLines(logPath, flags.lines)) this.log(line)
    if (!flags.follow) return
    for await (const line of followLines(logPath, this.signal)) this.log(line)
  }
}
