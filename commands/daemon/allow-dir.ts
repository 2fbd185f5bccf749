import {Args, Flags} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {allowDir, disallowDir} from '../../src/daemon/allowed-dirs.js'
import {readState} from '../../src/daemon/state-file.js'
import {invalid} from '../../src/errors.js'

export default class DaemonAllowDir extends BaseCommand {
  static override summary = 'Let runs work in a folder of yours'
  static override description =
    'Runs work in folders of their own. An issue that was filed with --dir works in a folder of yours instead, if that is, or lies in, a folder that you have allowed here on this machine. No file of multica is written there.'
  static override examples = [
    '<%= config.bin %> daemon allow-dir ~/src/app',
    '<%= config.bin %> daemon allow-dir --list',
    '<%= config.bin %> daemon allow-dir ~/src/app --remove',
  ]
  static override args = {path: Args.string({description: 'folder'})}
  static override flags = {
    list: Flags.boolean({description: 'show what is allowed'}),
    remove: Flags.boolean({description: 'allow it no longer', exclusive: ['list']}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(DaemonAllowDir)
    const {stateDir} = this.settings
    if (flags.list) {
      for (const path of (await readState(stateDir)).allowed_dirs) this.log(path)
      return
    }
    if (args.path === undefined) throw invalid('name a folder, or --list', 'path')
    if (flags.remove) {
      await disallowDir(stateDir, args.path)
      this.logToStderr(`Runs may no longer work in ${args.path}`)
    } else {
      const folder = await allowDir(stateDir, args.path)
      this.logToStderr(`Runs of issues that ask for it may work in ${folder}`)
    }
  }
}
