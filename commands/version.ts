import {BaseCommand} from '../src/cli/base-command.js'

export default class Version extends BaseCommand {
  static override description = 'Print the version of multica'
  static override examples = ['<%= config.bin %> version']

  async run(): Promise<void> {
    await this.parse(Version)
    const {config} = this
    this.log(
      `${config.name} ${config.version} (node ${process.versions.node}, ${config.platform}-${config.arch})`,
    )
  }
}
