import {Args} from '@oclif/core'
import {BaseCommand} from '../../src/cli/base-command.js'
import {invalid} from '../../src/errors.js'
import {openConfig} from '../../src/settings/config-file.js'
import {processEnvironment} from '../../src/settings/environment.js'
import {normaliseServerUrl} from '../../src/settings/server-url.js'

const KEYS = ['server_url', 'app_url', 'workspace_id']

export default class ConfigSet extends BaseCommand {
  static override description = 'Change a setting of this computer; an empty value removes it'
  static override examples = [
    '<%= config.bin %> config set server_url https://multica.example.com',
    '<%= config.bin %> config set workspace_id my-team',
  ]
  static override args = {
    key: Args.string({description: KEYS.join(', '), required: true}),
    value: Args.string({description: 'its new value', required: true, ignoreStdin: true}),
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(ConfigSet)
    const {key, value} = args
    if (!KEYS.includes(key)) {
      throw invalid(`unknown config key "${key}" (supported: ${KEYS.join(', ')})`)
    }
    const isUrl = key.endsWith('_url') && value !== ''
    const checked = isUrl ? normaliseServerUrl(value, key) : value
    const config = openConfig(flags.profile, processEnvironment())
    await config.change((file) => ({...file, [key]: checked}))
    this.logToStderr(`Set ${key} = ${checked}`)
  }
}
