import {BaseCommand} from '../../src/cli/base-command.js'
import {formatConfig} from '../../src/cli/show-config.js'
import {openConfig} from '../../src/settings/config-file.js'
import {processEnvironment} from '../../src/settings/environment.js'
import {requireKnownProfile} from '../../src/settings/paths.js'

export default class Config extends BaseCommand {
  static override description = 'Show the settings of this computer, without the token'
  static override examples = ['<%= config.bin %> config']

  async run(): Promise<void> {
    const {flags} = await this.parse(Config)
    const env = processEnvironment()
    if (flags.profile) requireKnownProfile(flags.profile, env)
    this.log(formatConfig(openConfig(flags.profile, env), flags.profile))
  }
}
