import {BaseCommand, outputFlags} from '../../src/cli/base-command.js'

export default class AuthLink extends BaseCommand {
  static override description = 'Print a link that signs your browser in once'
  static override examples = ['<%= config.bin %> auth link']
  static override flags = {...outputFlags('table')}

  async run(): Promise<void> {
    const {flags} = await this.parse(AuthLink)
    const link = await this.trying('create sign-in link', this.api().createSignInLink())
    this.print(flags, link, () => link.url)
    this.logToStderr(`Works once, until ${link.expires_at}.`)
  }
}
